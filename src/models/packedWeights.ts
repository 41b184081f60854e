/** Weights packed to bytes beside the build, with a scale and a minimum for each array. Parsed as data. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";
import { type NdArray, sizeOf } from "../protocol/ndArray";

const Entries = v.array(
  v.object({
    name: v.string(),
    shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(1))),
    quantization: v.object({ scale: v.number(), min: v.number() }),
  }),
);

/**
 * The arrays of weights.json and weights.bin, by name.
 *
 * @throws Error where the files do not fit each other: the installation is damaged.
 */
export function readPackedWeights(folder: string): Map<string, NdArray> {
  const entries = v.parse(Entries, JSON.parse(readFileSync(path.join(folder, "weights.json"), "utf8")));
  const bytes = readFileSync(path.join(folder, "weights.bin"));
  const sizes = entries.map(({ shape }) => sizeOf(shape));
  if (sizes.reduce((sum, size) => sum + size, 0) !== bytes.length) {
    throw new Error(`${folder} is damaged: install TrainLens again.`);
  }
  let at = 0;
  return new Map(
    entries.map(({ name, shape, quantization: { scale, min } }, i) => {
      const data = Float32Array.from(bytes.subarray(at, at + sizes[i]), (byte) => byte * scale + min);
      at += sizes[i];
      return [name, { data, shape }];
    }),
  );
}
