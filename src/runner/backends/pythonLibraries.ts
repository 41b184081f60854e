/**
 * libtensorflow out of a Python environment: the C API that tfjs-node's binding speaks is inside TensorFlow's wheel.
 *
 * The libraries are loaded into the process with their symbols for all, and the binding, which was built without linking
 * (see install/), finds them there.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import process from "node:process";
import { type PythonEnvironment, examinePython, pythonEnvironments } from "../python/environments";
import { BackendUnavailable } from "./rung";
import type { BackendOptions } from "./rung";
import { openLibrary } from "./sharedLibrary";

/** Of the wheels for Linux; the second needs the first. */
const LIBRARIES = ["libtensorflow_framework.so.2", "libtensorflow_cc.so.2"];

/** glibc's, which Node does not name: a library that was loaded stays. */
const RTLD_NODELETE = 0x1000;

export type WithTensorFlow = PythonEnvironment & Required<Pick<PythonEnvironment, "tensorflow">>;

/**
 * The environment whose TensorFlow is used: that of the interpreter given, or the first candidate that has one.
 *
 * @throws BackendUnavailable where there is none, or not on this system.
 */
export async function findTensorFlow({ workspace = process.cwd(), python }: BackendOptions): Promise<WithTensorFlow> {
  if (process.platform !== "linux") {
    throw new BackendUnavailable(
      `libtensorflow can be taken from Python on Linux only, not on ${process.platform}`,
      'Set trainlens.libtensorflow to "bundled", or leave --libtensorflow out.',
    );
  }
  const environments = python
    ? [await examinePython(python)].filter((environment) => environment !== undefined)
    : await pythonEnvironments(workspace);
  const found = environments.find((environment) => environment.tensorflow !== undefined);
  if (!found?.tensorflow) {
    const where = python ? `the Python ${python}` : "no Python environment found here";
    throw new BackendUnavailable(
      python && environments.length === 0 ? `${where} does not run` : `${where} has ${python ? "no " : ""}TensorFlow`,
      `Run "${environments[0]?.executable ?? "python3"} -m pip install tensorflow", or name another interpreter: --python PATH.`,
    );
  }
  const missing = LIBRARIES.find((name) => !existsSync(path.join(found.tensorflow?.folder ?? "", name)));
  if (missing) {
    throw new BackendUnavailable(
      `TensorFlow ${found.tensorflow.version} of ${found.executable} has no ${missing}`,
      "Install TensorFlow 2.16 or newer there, or name another interpreter: --python PATH.",
    );
  }
  return { ...found, tensorflow: found.tensorflow };
}

/**
 * Loads the environment's libraries into this process.
 *
 * @throws BackendUnavailable with the loader's own words.
 */
export function loadTensorFlow({ executable, tensorflow }: WithTensorFlow): void {
  for (const name of LIBRARIES) {
    try {
      const flags = constants.dlopen.RTLD_LAZY | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;
      openLibrary(path.join(tensorflow.folder, name), flags);
    } catch (error) {
      throw new BackendUnavailable(
        `${name} of ${executable} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
        "Check that TensorFlow can be imported in that environment.",
        { cause: error },
      );
    }
  }
}
