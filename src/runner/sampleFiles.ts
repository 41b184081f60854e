/** Pictures that a model has made, in the run folder: a PNG an epoch to look at, and the last ones as numbers. */
import path from "node:path";
import type { NewRunEvent } from "../protocol/events";
import type { NdArray } from "../protocol/ndArray";
import { RUN_FILES } from "../protocol/runFolder";
import { writeNpz } from "../npz";
import { pictureGrid } from "./plot/pictureGrid";
import { checkWritable, writeWhole } from "./wholeFile";

/**
 * Writes samples/epoch-NNN.png and samples/samples.npz, whose `x` are the pictures.
 *
 * @param pictures [n, height, width, 1 or 3], 0 to 1.
 * @returns the event that tells of them.
 * @throws UserError where the disk refuses.
 */
export async function saveSamples(
  runFolder: string,
  epoch: number,
  pictures: NdArray,
): Promise<Extract<NewRunEvent, { type: "samples" }>> {
  const { png, width, height } = pictureGrid(pictures);
  const name = `${RUN_FILES.samples}/epoch-${String(epoch).padStart(3, "0")}.png`;
  const file = path.join(runFolder, name);
  await checkWritable(file);
  await writeWhole(file, png);
  const x = { kind: "numeric", ...pictures } as const;
  await writeWhole(path.join(runFolder, RUN_FILES.samples, "samples.npz"), writeNpz({ x }));
  return { type: "samples", epoch, path: name, png: Buffer.from(png).toString("base64"), width, height };
}
