/** Small colour pictures, bundled: they load offline. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { assetPath } from "./assets";
import { type SplitOptions, splitRows } from "./splits";
import type { Split, TrainingData } from "./trainingData";

const SIDE = 64;
const CHANNELS = 3;
const VALUES = SIDE * SIDE * CHANNELS;
const PICTURES = 908;
/** In the order of the labels in the file. */
const CLASS_NAMES = ["animal", "food", "face", "person", "place", "object"];

/**
 * 908 small pictures of six kinds, Google's emoji: 130 animals, 131 of food, 130 faces, 120 persons, 133 places and
 * vehicles, 264 objects; on white. Every class has its share of each split.
 *
 * @param options shares of the splits, and the seed that they are drawn with: by default 636 pictures for training, 136 for
 *   validation and 136 for testing.
 * @returns x [n, 64, 64, 3], red, green and blue from 0 to 1; y as one-hot rows [n, 6].
 * @throws DataError where the shares make no sense.
 */
export function emoji(options: SplitOptions = {}): TrainingData {
  const file = path.join(assetPath("data/emoji"), "emoji.bin.br");
  const packed = brotliDecompressSync(readFileSync(file));
  if (packed.length !== PICTURES * (1 + VALUES)) throw new Error(`${file} is damaged: install TrainLens again.`);
  const labels = packed.subarray(0, PICTURES);

  const split = (rows: readonly number[]): Split => {
    const x = new Float32Array(rows.length * VALUES);
    const y = new Float32Array(rows.length * CLASS_NAMES.length);
    rows.forEach((row, i) => {
      const from = PICTURES + row * VALUES;
      for (let k = 0; k < VALUES; k++) x[i * VALUES + k] = packed[from + k] / 255;
      y[i * CLASS_NAMES.length + labels[row]] = 1;
    });
    return {
      x: { data: x, shape: [rows.length, SIDE, SIDE, CHANNELS] },
      y: { data: y, shape: [rows.length, CLASS_NAMES.length] },
    };
  };

  const rows = splitRows(PICTURES, Array.from(labels), options);
  return {
    name: "emoji",
    train: split(rows.train),
    validation: split(rows.validation),
    ...(rows.test.length > 0 ? { test: split(rows.test) } : {}),
    classNames: CLASS_NAMES,
  };
}
