/** Classes of unequal size: how many examples each has, and what an example of each counts in the loss. */
import type { NdArray } from "../protocol/ndArray";
import { indexOfHighest } from "../protocol/numbers";
import { DataError } from "./dataError";

/**
 * What an example of each class counts in the loss of training: a weight a class, in the order of the classes, or by class
 * number, where a class that is not named counts 1. As Keras's `fit(class_weight=…)`: metrics and held-out data know nothing of it.
 */
export type ClassWeight = readonly number[] | Readonly<Record<number, number>>;

/**
 * Weights by which every class counts the same in all: n / (k * n_c) for the n_c of n examples that are of class c, of k
 * classes that have any; scikit-learn's `compute_class_weight("balanced")`, after King and Zeng 2001. 1 for a class without examples.
 *
 * @param y targets as a split has them: one-hot rows [n, classes], or class numbers [n] or [n, 1].
 * @throws DataError where they are no classes.
 */
export function balancedClassWeights(y: NdArray): number[] {
  const counts = countClasses(y);
  const classes = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : y.shape[0] / (classes * count)));
}

/**
 * Examples of each class.
 *
 * @param y one-hot rows [n, classes], of blends the highest; or class numbers [n] or [n, 1].
 * @throws DataError where they are neither.
 */
export function countClasses({ data, shape }: NdArray): number[] {
  const [rows, width = 1] = shape;
  if (shape.length > 2) {
    throw new DataError(
      `Targets of shape [${shape.join(", ")}] are of no one class each.`,
      "Give one-hot rows [examples, classes], or class numbers [examples].",
    );
  }
  if (width === 1) return countNumbers(data);
  const counts = new Array<number>(width).fill(0);
  for (let row = 0; row < rows; row++) counts[indexOfHighest(data.subarray(row * width, (row + 1) * width))]++;
  return counts;
}

/** Larger class numbers are taken for a slip. */
const MOST_CLASSES = 1_000_000;

/** At least two classes: a single output tells 0 from 1. */
function countNumbers(values: Float32Array): number[] {
  const counts = [0, 0];
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0 || value >= MOST_CLASSES) {
      throw new DataError(`A target is ${value}, which is no class.`, "Classes are numbered 0, 1 and so on.");
    }
    while (counts.length <= value) counts.push(0);
    counts[value]++;
  }
  return counts;
}
