/** Scores of predicted quantities. */

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
