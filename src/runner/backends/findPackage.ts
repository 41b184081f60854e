/** Where a user has installed a package that TrainLens does not bring. */
import { createRequire } from "node:module";
import path from "node:path";
import type { BackendOptions } from "./rung";

export interface FoundPackage {
  require: NodeJS.Require;
  /** The file that its name resolves to. */
  entry: string;
}

/** The package from the workspace folder, the recipe's folder or beside the runner, in that order. */
export function findPackage(
  name: string,
  { workspace = process.cwd(), recipe }: BackendOptions,
): FoundPackage | undefined {
  const from = [workspace, ...(recipe === undefined ? [] : [recipe]), __dirname];
  for (const folder of from) {
    const require = createRequire(path.join(path.resolve(folder), "noop.js"));
    try {
      return { require, entry: require.resolve(name) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}
