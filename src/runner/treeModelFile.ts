/** Models of trees on disk: `model/trees.json` in a run's folder. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { RUN_FILES } from "../protocol/runFolder";
import type { TreeModel } from "../protocol/treeModel";
import { fileSystemError } from "./fileSystemError";

/**
 * Writes the model folder of a run, whole or not at all.
 *
 * @throws UserError where the disk refuses.
 */
export async function saveTrees(model: TreeModel, run: string): Promise<void> {
  const folder = path.join(run, RUN_FILES.model);
  const beside = `${folder}.${process.pid}.tmp`;
  try {
    await mkdir(beside, { recursive: true });
    await writeFile(path.join(beside, path.basename(RUN_FILES.treesJson)), JSON.stringify(model));
    await rm(folder, { recursive: true, force: true });
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw fileSystemError(error, `The trees cannot be written to ${folder}`);
  }
}
