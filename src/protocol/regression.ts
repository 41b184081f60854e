/** Predicted quantities beside the true ones, and scores of them. */
import * as v from "valibot";
import { MetricValue } from "./numbers";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One quantity: what was predicted for examples, and what is true of them. */
export const Predictions = v.object({
  name: v.string(),
  truth: v.array(MetricValue),
  predicted: v.array(MetricValue),
  /** All that there are; the arrays have fewer where they are many. */
  rows: count,
});
export type Predictions = v.InferOutput<typeof Predictions>;

/** Examples of a quantity that are kept: enough for a plot, little for an event. */
const KEPT = 500;

/**
 * What a plot of predictions takes: of many rows some, spread evenly.
 *
 * @param predicted [rows, columns], row-major. @param truth of the same shape. @param names of the columns, where they have some.
 */
export function predictionsOf(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  columns: number,
  names: readonly string[] = [],
): Predictions[] {
  const rows = truth.length / columns;
  const kept = Array.from({ length: Math.min(KEPT, rows) }, (_, i) => Math.floor((i * rows) / Math.min(KEPT, rows)));
  return Array.from({ length: columns }, (_, k) => ({
    name: names[k] ?? (columns === 1 ? "y" : `y ${k}`),
    truth: kept.map((row) => truth[row * columns + k]),
    predicted: kept.map((row) => predicted[row * columns + k]),
    rows,
  }));
}

export interface RegressionScores {
  /** Mean absolute error, in the target's own unit. */
  mae: number;
  /**
   * Coefficient of determination: 1 is perfect, 0 no better than the mean, negative worse. Of several columns the mean.
   * NaN where the truth is constant.
   */
  r2: number;
}

/** @param predicted [rows, columns], row-major. @param truth of the same shape. */
export function regressionScores(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  columns: number,
): RegressionScores {
  const rows = truth.length / columns;
  let absolute = 0;
  let r2 = 0;
  for (let k = 0; k < columns; k++) {
    let mean = 0;
    for (let i = k; i < truth.length; i += columns) mean += truth[i] / rows;
    let residual = 0;
    let total = 0;
    for (let i = k; i < truth.length; i += columns) {
      absolute += Math.abs(truth[i] - predicted[i]);
      residual += (truth[i] - predicted[i]) ** 2;
      total += (truth[i] - mean) ** 2;
    }
    r2 += (total > 0 ? 1 - residual / total : NaN) / columns;
  }
  return { mae: absolute / truth.length, r2 };
}
