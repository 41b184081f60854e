/** Where a user has installed a package that TrainLens does not bring. */
import { createRequire } from "node:module";
import path from "node:path";
import type { BackendOptions } from "./rung";
import { runtimePart } from "./runtimeFolder";

export interface FoundPackage {
  require: NodeJS.Require;
  /** The file that its name resolves to. */
  entry: string;
}

/** The package from the workspace folder, the recipe's folder, the runtime folder or beside the runner, in that order. */
export function findPackage(
  name: string,
  { workspace = process.cwd(), recipe, runtime }: BackendOptions,
): FoundPackage | undefined {
  return findPackageFrom(name, [
    workspace,
    ...(recipe === undefined ? [] : [recipe]),
    runtimePart(path.basename(name), runtime),
    __dirname,
  ]);
}

/** The package as a module in one of these folders would find it, in that order. */
export function findPackageFrom(name: string, folders: readonly string[]): FoundPackage | undefined {
  for (const folder of folders) {
    const require = createRequire(path.join(path.resolve(folder), "noop.js"));
    try {
      return { require, entry: require.resolve(name) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}
