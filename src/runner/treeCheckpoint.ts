/** A forest that is half grown, on disk: `checkpoint/trees.json` in a run's folder. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { parseAs } from "../protocol/json";
import { RUN_FILES } from "../protocol/runFolder";
import { TreeArrays } from "../protocol/treeModel";
import type { TreeNodes } from "../protocol/treeNodes";
import { type Checkpoint, loadCheckpoint } from "./checkpoint";
import { UserError } from "./errors";
import { treePosition } from "./training/trees";
import { checkWritable, writeWhole } from "./wholeFile";

const FILE = path.join(RUN_FILES.checkpoint, "trees.json");
const Stored = v.object({ trees: v.array(TreeArrays) });

/** The trees that a run had when it stopped. */
export interface GrownTrees {
  position: Checkpoint["position"];
  trees: TreeNodes[];
}

/** Replaces the run's checkpoint. @throws UserError where the disk refuses. */
export async function saveGrownTrees(trees: readonly TreeNodes[], folder: string): Promise<void> {
  const file = path.join(folder, FILE);
  await checkWritable(file);
  await writeWhole(file, JSON.stringify({ trees }));
}

/**
 * The run folder's checkpoint, of a network or of trees.
 *
 * @throws UserError where there is none, or it is damaged.
 */
export async function loadAnyCheckpoint(folder: string): Promise<Checkpoint | GrownTrees> {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return loadCheckpoint(folder);
  const stored = parseAs(Stored, await readFile(file, "utf8"));
  if (!stored) throw new UserError(`The checkpoint ${file} is damaged.`, "Train anew in a new run.");
  return { position: treePosition(stored.trees.length), trees: stored.trees };
}
