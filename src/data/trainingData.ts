import type { NdArray } from "../protocol/ndArray";

export type { NdArray };

/** Inputs and targets; the first axis of both is the example. */
export interface Split {
  /** [examples, ...inputShape]. */
  x: NdArray;
  /** [examples, ...targetShape]; one-hot rows for `categoricalCrossentropy`. */
  y: NdArray;
}

/** What a recipe's `data()` returns. */
export interface TrainingData {
  name?: string;
  train: Split;
  validation: Split;
  /** Held out: evaluated once at the end, and explained. Falls back to `validation`. */
  test?: Split;
  /** One name a class, in the order of the targets' columns. */
  classNames?: readonly string[];
  /** One name a feature, in row-major order of the input shape. */
  featureNames?: readonly string[];
}
