/**
 * An explanation is a file, `*.shap.npz`: a plain NumPy archive with the fields of Python's
 * `shap.Explanation`. These are its fields, and its form in memory.
 */

import type { ExplanationMeta } from "./explanationMeta";

export type { ExplanationMeta };

/** Names of the arrays in the archive. Only `values` and `base_values` must be there. */
export const EXPLANATION_FIELDS = [
  "values",
  "base_values",
  "data",
  "display_data",
  "feature_names",
  "output_names",
  "lower_bounds",
  "upper_bounds",
  "predictions",
  "meta",
] as const;
export type ExplanationField = (typeof EXPLANATION_FIELDS)[number];

/**
 * An explanation in memory. Arrays are row-major.
 *
 * Interaction values ([samples, m, m]) keep their shape in `featureShape` like any other.
 */
export interface Explanation {
  samples: number;
  /** Shape of one sample's features: `[784]`, `[28, 28, 1]`. */
  featureShape: readonly number[];
  /** Product of `featureShape`. */
  features: number;
  outputs: number;
  /** [samples, features, outputs]: the SHAP value phi of each feature for each output. */
  values: Float32Array | Float64Array;
  /** [samples, outputs], also where the file holds one row for all samples. */
  baseValues: Float64Array;
  /** [samples, features], where the file has it and it is numeric. */
  data?: Float32Array | Float64Array;
  /** [samples * features] texts to show in place of numbers. */
  displayData?: readonly string[];
  /** `features` long; made up ("Feature 3") where the file has none. */
  featureNames: readonly string[];
  /** `outputs` long; made up ("Output 3") where the file has none. */
  outputNames: readonly string[];
  /** [samples, features, outputs]. */
  lowerBounds?: Float32Array | Float64Array;
  upperBounds?: Float32Array | Float64Array;
  /** [samples, outputs]: the model's own answer. */
  predictions?: Float64Array;
  meta: ExplanationMeta;
}

/** The part of an explanation that belongs to one output: what a plot draws. */
export interface OutputSlice {
  outputIndex: number;
  outputName: string;
  /** Row numbers in the explanation of the rows below, where not all were taken. */
  rows: readonly number[];
  samples: number;
  features: number;
  featureShape: readonly number[];
  featureNames: readonly string[];
  /** [samples, features]. */
  values: Float32Array;
  /** [samples]. */
  baseValues: Float64Array;
  /** [samples, features]; for numeric data. */
  data?: Float32Array;
  /** [samples * features]. */
  displayData?: readonly string[];
  meta: ExplanationMeta;
}

/**
 * f(x) of a row of a slice: its base value plus the sum of its SHAP values, in float64. Values that are not finite are
 * left out, here as in every plot.
 */
export function outputValue({ baseValues, values, features }: OutputSlice, row: number): number {
  return addUp(baseValues[row], values, row * features, features, 1);
}

/** f(x) of a sample for every output, [outputs]: as `outputValue` tells it. */
export function sampleOutputs({ baseValues, values, features, outputs }: Explanation, sample: number): Float64Array {
  return Float64Array.from({ length: outputs }, (_, k) =>
    addUp(baseValues[sample * outputs + k], values, sample * features * outputs + k, features, outputs),
  );
}

function addUp(base: number, values: ArrayLike<number>, from: number, count: number, step: number): number {
  let sum = base;
  for (let n = 0, i = from; n < count; n++, i += step) if (Number.isFinite(values[i])) sum += values[i];
  return sum;
}

/**
 * The slice for one output.
 *
 * @param rows which samples, in this order; all of them by default.
 */
export function sliceOutput(explanation: Explanation, outputIndex: number, rows?: readonly number[]): OutputSlice {
  const { features, outputs } = explanation;
  const chosen = rows ?? Array.from({ length: explanation.samples }, (_, i) => i);
  const values = new Float32Array(chosen.length * features);
  const baseValues = new Float64Array(chosen.length);
  const data = explanation.data ? new Float32Array(chosen.length * features) : undefined;
  chosen.forEach((row, n) => {
    baseValues[n] = explanation.baseValues[row * outputs + outputIndex];
    const source = row * features * outputs + outputIndex;
    for (let i = 0; i < features; i++) values[n * features + i] = explanation.values[source + i * outputs];
    data?.set(explanation.data?.subarray(row * features, (row + 1) * features) ?? [], n * features);
  });
  const display = explanation.displayData;
  return {
    outputIndex,
    outputName: explanation.outputNames[outputIndex],
    rows: chosen,
    samples: chosen.length,
    features,
    featureShape: explanation.featureShape,
    featureNames: explanation.featureNames,
    values,
    baseValues,
    ...(data ? { data } : {}),
    ...(display ? { displayData: chosen.flatMap((row) => display.slice(row * features, (row + 1) * features)) } : {}),
    meta: explanation.meta,
  };
}
