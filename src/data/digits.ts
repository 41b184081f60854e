/** Handwritten digits, bundled: they load offline. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { assetPath } from "./assets";
import type { Split, TrainingData } from "./trainingData";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;
const TRAIN = 8000;
const VALIDATION = 1000;
const TEST = 1000;
const ALL = TRAIN + VALIDATION + TEST;

/** Byte to ink: 0 is paper, 1 is full ink. */
const INK = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * 10,000 pictures of handwritten digits from MNIST: 8,000 for training, 1,000 for validation, 1,000 for testing.
 * Every class has the same share of each split, and the splits are always the same.
 *
 * @param options.flat false for pictures of shape [n, 28, 28, 1]; else x is [n, 784]. Values are 0 (paper) to 1 (ink).
 * @param options.examples for training: the first so many of the 8,000, which are in random order.
 * @returns y as one-hot rows [n, 10]; a feature is named "pixel row,column", both from 0.
 * @throws RangeError for a number of examples that there is not.
 */
export function digits(options: { flat?: boolean; examples?: number } = {}): TrainingData {
  const { flat = true, examples = TRAIN } = options;
  if (!Number.isInteger(examples) || examples < 1 || examples > TRAIN)
    throw new RangeError(`digits() has 1 to ${TRAIN} examples for training, not ${examples}.`);
  const file = path.join(assetPath("data/digits"), "digits.bin.gz");
  const packed = gunzipSync(readFileSync(file));
  if (packed.length !== ALL * (1 + PIXELS)) throw new Error(`${file} is damaged: install TrainLens again.`);
  const exampleShape = flat ? [PIXELS] : [SIDE, SIDE, 1];

  const split = (first: number, count: number): Split => {
    const x = new Float32Array(count * PIXELS);
    const from = ALL + first * PIXELS;
    for (let i = 0; i < x.length; i++) x[i] = INK[packed[from + i]];
    const y = new Float32Array(count * CLASSES);
    for (let i = 0; i < count; i++) y[i * CLASSES + packed[first + i]] = 1;
    return { x: { data: x, shape: [count, ...exampleShape] }, y: { data: y, shape: [count, CLASSES] } };
  };

  return {
    name: "digits",
    train: split(0, examples),
    validation: split(TRAIN, VALIDATION),
    test: split(TRAIN + VALIDATION, TEST),
    classNames: Array.from({ length: CLASSES }, (_, label) => String(label)),
    featureNames: Array.from({ length: PIXELS }, (_, i) => `pixel ${Math.floor(i / SIDE)},${i % SIDE}`),
  };
}
