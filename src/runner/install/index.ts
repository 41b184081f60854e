/** Puts a native backend into the runtime folder: whole, or not at all. */
import { randomUUID } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { findTensorFlow } from "../backends/pythonLibraries";
import { PYTHON_PART, runtimeFolder, runtimePart } from "../backends/runtimeFolder";
import type { BackendOptions } from "../backends/rung";
import { fileSystemError } from "../fileSystemError";
import { npm } from "./npm";

export const INSTALLABLE = ["cuda", "native", "webgpu"] as const;
export type Installable = (typeof INSTALLABLE)[number];

/** The versions that this release is built and tested with. */
const PACKAGES: Record<Installable, { name: string; version: string }> = {
  cuda: { name: "@tensorflow/tfjs-node-gpu", version: "4.22.0" },
  native: { name: "@tensorflow/tfjs-node", version: "4.22.0" },
  webgpu: { name: "webgpu", version: "^0.6.0" },
};

/** Node-API's version of the binding's folder and symbols. */
const NAPI = 8;

export interface InstallControl {
  /** Called at the beginning of each step. */
  step: (done: number, total: number, message: string) => void;
  /** npm's own output. */
  log: (text: string) => void;
  signal: AbortSignal;
}

/**
 * Installs the package of a backend by npm. Its own install script fetches libtensorflow.
 *
 * @returns the folder.
 * @throws UserError where npm is missing or fails, or the folder cannot be written. What was installed before stays.
 */
export async function installPackage(backend: Installable, control: InstallControl): Promise<string> {
  const { name, version } = PACKAGES[backend];
  return await inPlace(path.basename(name), control, async (folder) => {
    control.step(0, 1, `Installing ${name} ${version}`);
    await npm(["install", `${name}@${version}`, "--foreground-scripts"], folder, control.log, control.signal);
  });
}

/**
 * Builds tfjs-node's binding without a libtensorflow of its own: it finds the one that is loaded before it, of a Python
 * environment. Linux only; the headers are those of the environment.
 *
 * @returns the folder.
 * @throws UserError where npm, a compiler or the environment is missing. What was installed before stays.
 */
export async function installPythonBinding(options: BackendOptions, control: InstallControl): Promise<string> {
  const { tensorflow } = await findTensorFlow(options);
  const { name, version } = PACKAGES.native;
  return await inPlace(PYTHON_PART, control, async (folder) => {
    control.step(0, 2, `Installing ${name} ${version} without its libtensorflow`);
    await npm(["install", `${name}@${version}`, "--ignore-scripts"], folder, control.log, control.signal);
    control.step(1, 2, `Building the binding for TensorFlow ${tensorflow.version}`);
    const package_ = path.join(folder, "node_modules", name);
    await writeFile(path.join(package_, "binding.gyp"), bindingGyp(path.join(tensorflow.folder, "include")));
    await buildOnly(path.join(package_, "package.json"));
    await npm(["rebuild", name, "--foreground-scripts"], folder, control.log, control.signal);
    const built = path.join(package_, "build", "Release", "tfjs_binding.node");
    await cp(built, path.join(package_, "lib", `napi-v${NAPI}`, "tfjs_binding.node"));
    await rm(path.join(package_, "build"), { recursive: true });
  });
}

/** The package's own file without the libraries to link. */
function bindingGyp(include: string): string {
  return JSON.stringify({
    targets: [
      {
        target_name: "tfjs_binding",
        sources: ["binding/tfjs_backend.cc", "binding/tfjs_binding.cc"],
        include_dirs: ["..", include],
        defines: [`NAPI_VERSION=${NAPI}`],
      },
    ],
  });
}

/** Its install script would download libtensorflow: the build alone is left of it. */
async function buildOnly(file: string): Promise<void> {
  const manifest = JSON.parse(await readFile(file, "utf8")) as { scripts?: Record<string, string> };
  await writeFile(file, JSON.stringify({ ...manifest, scripts: { install: "node-gyp rebuild" } }, null, 2));
}

/** Works in a new folder, and puts it in the old one's place at the end. */
async function inPlace(
  part: string,
  { signal }: InstallControl,
  work: (folder: string) => Promise<void>,
): Promise<string> {
  const place = runtimePart(part);
  const beside = path.join(runtimeFolder(), `.${part}-${randomUUID()}`);
  try {
    await mkdir(beside, { recursive: true });
    await writeFile(path.join(beside, "package.json"), JSON.stringify({ private: true }));
    await work(beside);
    signal.throwIfAborted();
    const old = `${beside}.old`;
    const replaces = await rename(place, old).then(
      () => true,
      () => false,
    );
    try {
      await rename(beside, place);
    } catch (error) {
      // What was there goes on being used.
      if (replaces) await rename(old, place);
      throw error;
    }
    if (replaces) await rm(old, { recursive: true, force: true });
    return place;
  } catch (error) {
    throw fileSystemError(error, "The runtime folder cannot be written");
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
