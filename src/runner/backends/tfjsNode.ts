/**
 * Loads `@tensorflow/tfjs-node` or `-gpu` as the user installed it.
 *
 * The package brings its own copy of tfjs. Copies share one engine and one registry of kernels, which live on the
 * global object, so requiring it registers the backend "tensorflow" for the runner's copy too. The package's own exports
 * are never used: recipes and runner keep to the runner's copy, whose layer classes and optimizers are its own.
 */
import * as tf from "@tensorflow/tfjs-core";
import util from "node:util";
import { type FoundPackage, findPackage } from "./findPackage";
import { BackendUnavailable } from "./rung";
import type { BackendOptions } from "./rung";

/** The name under which both packages register. */
const TFJS_NAME = "tensorflow";

export type TfjsNodePackage = "@tensorflow/tfjs-node" | "@tensorflow/tfjs-node-gpu";

/** The part of tfjs-node's backend that is used here. */
interface NodeBackend {
  isUsingGpuDevice: boolean;
}

export interface LoadedTfjsNode {
  version: string;
  isUsingGpu: boolean;
}

/** Loaded packages by the file that was required: a native binding cannot be loaded anew. */
const loaded = new Map<string, LoadedTfjsNode>();

/**
 * Requires the package from the workspace folder, the recipe's folder or beside the runner, in that order, and makes
 * its backend tfjs's current one.
 *
 * @throws BackendUnavailable where it is not installed, does not load, or belongs to another tfjs.
 */
export async function loadTfjsNode(name: TfjsNodePackage, folders: BackendOptions): Promise<LoadedTfjsNode> {
  const found = findPackage(name, folders);
  if (!found) {
    throw new BackendUnavailable(
      `the package ${name} is not installed`,
      `Run "npm install ${name}" in the workspace folder.`,
    );
  }
  const package_ = loaded.get(found.entry) ?? requirePackage(name, found);
  loaded.set(found.entry, package_);
  if (!(await tf.setBackend(TFJS_NAME))) {
    throw new BackendUnavailable(`${name} is installed but its backend does not start`, reinstall(name));
  }
  return package_;
}

function requirePackage(name: TfjsNodePackage, { require, entry }: FoundPackage): LoadedTfjsNode {
  restoreRemovedUtilities();
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
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
      `Run "npm install ${name}@${tf.version_core}" in the workspace folder.`,
    );
  }
  const backend = tf.findBackend(TFJS_NAME) as unknown as NodeBackend | null;
  if (!backend) throw new BackendUnavailable(`${name} registered no backend`, reinstall(name));
  return { version, isUsingGpu: backend.isUsingGpuDevice };
}

function reinstall(name: TfjsNodePackage): string {
  return `Run "npm rebuild ${name} --build-addon-from-source" in the workspace folder.`;
}

/** Node 23 removed two functions that tfjs-node 4.22 calls (tfjs issue 8425). */
function restoreRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  for (const [name, implementation] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: implementation, configurable: true });
  }
}
