/**
 * Loads `@tensorflow/tfjs-node` or `-gpu` as the user installed it.
 *
 * The package brings its own copy of tfjs. Copies share one engine and one registry of kernels, which live on the
 * global object, so requiring it registers the backend "tensorflow" for the runner's copy too. The package's own exports
 * are never used: recipes and runner keep to the runner's copy, whose layer classes and optimizers are its own.
 */
import * as tf from "@tensorflow/tfjs-core";
import process from "node:process";
import { type FoundPackage, findPackage, findPackageFrom } from "./findPackage";
import { restoreRemovedUtilities } from "./nodeShim";
import { type WithTensorFlow, findTensorFlow, loadTensorFlow } from "./pythonLibraries";
import { BackendUnavailable } from "./rung";
import type { BackendOptions } from "./rung";
import { PYTHON_PART, runtimePart } from "./runtimeFolder";
import { installTensorFlowKernels } from "./tensorflow/install";
import { BACKEND } from "./tensorflow/operations";

export type TfjsNodePackage = "@tensorflow/tfjs-node" | "@tensorflow/tfjs-node-gpu";

/** The part of tfjs-node's backend that is used here. */
interface NodeBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version?: string };
}

export interface LoadedTfjsNode {
  /** Of tfjs, and of libtensorflow: "4.22.0 on libtensorflow 2.9.1". */
  version: string;
  isUsingGpu: boolean;
  /** The interpreter whose libtensorflow runs; absent for the package's own. */
  python?: string;
}

/** A binding that is installed, and whose libtensorflow it runs on. */
export interface TfjsNodeSource {
  name: TfjsNodePackage;
  found: FoundPackage;
  /** Absent for the package's own libtensorflow. */
  environment?: WithTensorFlow;
}

/** What a backend asks for. */
export interface Wanted {
  name: TfjsNodePackage;
  /** What an installed one lacks, asked before it is loaded. */
  lacking?: (source: TfjsNodeSource) => BackendUnavailable | undefined;
  /** What to do where none is installed. */
  advice?: string;
}

/**
 * The first that is installed and lacks nothing: the package from the workspace folder, the recipe's folder, the runtime
 * folder or beside the runner; then the binding of the runtime folder that has no libtensorflow of its own, on the
 * libraries of a Python environment. `libtensorflow` leaves one of the two.
 *
 * @throws BackendUnavailable where nothing is installed, or all that is lacks something.
 */
export async function findTfjsNode(
  { name, lacking = () => undefined, advice = reinstall(name) }: Wanted,
  options: BackendOptions,
): Promise<TfjsNodeSource> {
  const { libtensorflow } = options;
  const found = libtensorflow === "python" ? undefined : findPackage(name, options);
  const trouble = found ? lacking({ name, found }) : undefined;
  if (found && !trouble) return { name, found };
  if (libtensorflow === "bundled" || (libtensorflow === undefined && !findPythonBinding(options))) {
    throw trouble ?? new BackendUnavailable(`the package ${name} is not installed`, advice);
  }
  try {
    const source = await onPython(options);
    const pythonsTrouble = lacking(source);
    if (!pythonsTrouble) return source;
    throw pythonsTrouble;
  } catch (error) {
    if (!trouble || !(error instanceof BackendUnavailable)) throw error;
    // Python's is the easier to help: what it lacks comes by pip.
    throw new BackendUnavailable(`${trouble.message}; ${error.message}`, error.advice, { cause: error });
  }
}

async function onPython(options: BackendOptions): Promise<TfjsNodeSource> {
  const environment = await findTensorFlow(options);
  const found = findPythonBinding(options);
  if (found) return { name: "@tensorflow/tfjs-node", found, environment };
  throw new BackendUnavailable(
    "the binding for Python's TensorFlow is not installed",
    'Run "trainlens install-backend native --libtensorflow python".',
  );
}

/** tfjs-node's binding without a libtensorflow of its own. */
function findPythonBinding({ runtime }: BackendOptions): FoundPackage | undefined {
  return findPackageFrom("@tensorflow/tfjs-node", [runtimePart(PYTHON_PART, runtime)]);
}

/** What this process has loaded: a second libtensorflow would not do beside the first. */
let loaded: LoadedTfjsNode | undefined;

/**
 * Requires what a source names and makes its backend tfjs's current one. A process that has loaded one keeps to it.
 *
 * @throws BackendUnavailable where it does not load, or belongs to another tfjs.
 */
export async function loadTfjsNode(source: TfjsNodeSource): Promise<LoadedTfjsNode> {
  loaded ??= load(source);
  if (!(await tf.setBackend(BACKEND))) {
    throw new BackendUnavailable(`${source.name} is installed but its backend does not start`, reinstall(source.name));
  }
  installTensorFlowKernels();
  return loaded;
}

function load({ name, found, environment }: TfjsNodeSource): LoadedTfjsNode {
  // TensorFlow reads both when its library is loaded. Without the first it takes the whole memory of a GPU.
  process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true";
  // Its information fills a terminal; warnings stay.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "1";
  if (!environment) return requirePackage(name, found);
  loadTensorFlow(environment);
  return { ...requirePackage(name, found), python: environment.executable };
}

function requirePackage(name: TfjsNodePackage, { require, entry }: FoundPackage): LoadedTfjsNode {
  restoreRemovedUtilities();
  // Every kernel that both copies register would print a warning: production mode silences them.
  const prod = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  const warn = console.warn;
  console.warn = () => undefined;
  let version: string;
  try {
    const exports = require(entry) as { version?: { "tfjs-core"?: string }; version_core?: string };
    version = exports.version?.["tfjs-core"] ?? exports.version_core ?? "unknown";
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendUnavailable(`${name} is installed but its native binding failed: ${message}`, reinstall(name), {
      cause: error,
    });
  } finally {
    console.warn = warn;
    tf.env().set("PROD", prod);
  }
  // Kernels are matched by name and attributes, which change between major versions.
  if (version.split(".")[0] !== tf.version_core.split(".")[0]) {
    throw new BackendUnavailable(
      `${name} is built on tfjs ${version}, TrainLens on ${tf.version_core}`,
      `Run "npm install ${name}@${tf.version_core}" where it is installed, or ${reinstall(name).replace("Run ", "")}`,
    );
  }
  const backend = tf.findBackend(BACKEND) as unknown as NodeBackend | null;
  if (!backend) throw new BackendUnavailable(`${name} registered no backend`, reinstall(name));
  const library = (backend.binding as NodeBackend["binding"] | undefined)?.TF_Version;
  return {
    version: library === undefined ? version : `${version} on libtensorflow ${library}`,
    isUsingGpu: backend.isUsingGpuDevice,
  };
}

/** The command that brings it, or brings it anew. */
function reinstall(name: TfjsNodePackage): string {
  return `Run "trainlens install-backend ${name === "@tensorflow/tfjs-node" ? "native" : "cuda"}", or "TrainLens: Install Native Backend…" in VS Code.`;
}
