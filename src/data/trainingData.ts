import type { NdArray } from "../protocol/ndArray";
import type { ClassWeight } from "./classWeights";
import type { ExampleSource, Inputs } from "./inputs";

export type { ExampleSource, Inputs, NdArray };

/** Inputs and targets; the first axis of both is the example. */
export interface Split<X extends Inputs = NdArray> {
  /** [examples, ...inputShape]. */
  x: X;
  /** [examples, ...targetShape]; one-hot rows for `categoricalCrossentropy`. */
  y: NdArray;
  /**
   * [examples, ...inputShape]: x as it was before it was scaled and filled, NaN where a value was missing. An explanation
   * shows these numbers in place of x. Not with a source of examples.
   */
  raw?: NdArray;
}

/** What a recipe's `data()` returns: inputs in memory, or read as they are needed (`TrainingData<ExampleSource>`). */
export interface TrainingData<X extends Inputs = NdArray> {
  name?: string;
  train: Split<X>;
  validation: Split<X>;
  /** Held out: evaluated once at the end, and explained. Falls back to `validation`. */
  test?: Split<X>;
  /** One name a class, in the order of the targets' columns. */
  classNames?: readonly string[];
  /** One name a feature, in row-major order of the input shape. */
  featureNames?: readonly string[];
  /** One name a column of y, where y holds quantities and not classes. */
  targetNames?: readonly string[];
  /** What a training example of each class counts in the loss; 1 by default. */
  classWeight?: ClassWeight;
  /** What a loader found in the files. */
  loading?: LoadingNotes;
}

/** What a loader had to do to make examples of files. */
export interface LoadingNotes {
  /** Missing values that were filled in. */
  filled?: number;
  /** Rows or files that were left out. */
  skipped?: number;
  /** The first of them, each with its place and the reason. */
  problems?: readonly string[];
}
