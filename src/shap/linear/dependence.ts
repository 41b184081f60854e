/** How features of a normal distribution tell of each other, for LinearExplainer. */
import { covarianceMatrix } from "../covariance";
import { Cholesky } from "../solve";

export interface Covariance {
  /** Features that vary; those that are copies of each other, together. */
  groups: number[][];
  /** [groups, groups], row-major, of the groups' means. */
  matrix: Float64Array;
}

/** @param data [rows, features]. @param mean [features]. */
export function covarianceOf(data: Float32Array, mean: Float64Array): Covariance {
  const all = covarianceMatrix(data, mean);
  const covariance = (i: number, j: number): number => all[i * mean.length + j];
  const varying = Array.from(mean.keys()).filter((i) => covariance(i, i) > 1e-8);
  const full = varying.map((i) => varying.map((j) => covariance(i, j)));
  const groups: number[][] = [];
  const correlation = (i: number, j: number): number => full[i][j] / Math.sqrt(full[i][i] * full[j][j]);
  varying.forEach((_, i) => {
    const twin = groups.find(([first]) => Math.abs(2 * correlation(first, i) - 2) < 1e-8);
    if (twin) twin.push(i);
    else groups.push([i]);
  });
  const size = groups.length;
  const matrix = new Float64Array(size * size);
  groups.forEach((a, i) =>
    groups.forEach((b, j) => {
      for (const from of a) for (const to of b) matrix[i * size + j] += full[from][to] / (a.length * b.length);
    }),
  );
  if (dependent(matrix, size)) for (let i = 0; i < size; i++) matrix[i * size + i] += 1e-6;
  return { groups: groups.map((group) => group.map((i) => varying[i])), matrix };
}

/** Whether some group is a combination of others, as good as. */
function dependent(matrix: Float64Array, size: number): boolean {
  const factor = new Cholesky();
  for (let i = 0; i < size; i++) {
    const row = Float64Array.from(matrix.subarray(i * size, i * size + i + 1));
    row[i] -= 1e-7;
    if (!factor.append(row)) return true;
  }
  return false;
}

/**
 * Adds one order's share to the matrix [n, n] that turns x - mean into values. A feature that joins those before it (S) changes
 * the expectation of all that are still hidden, H: its row gets
 * coef_i (x_i - E[x_i | S]) + coef_H (E[x_H | S, i] - E[x_H | S]).
 *
 * @param order of the features. @param matrix their covariance [n, n].
 */
export function estimateTransform(
  transform: Float64Array,
  order: readonly number[],
  coef: Float64Array,
  matrix: Float64Array,
): void {
  const n = coef.length;
  const factor = new Cholesky();
  let before: Float64Array = new Float64Array(0);
  order.forEach((i, place) => {
    const row = i * n;
    const shown = order.slice(0, place + 1);
    const hidden = order.slice(place + 1);
    factor.append(Float64Array.from(shown, (j) => matrix[row + j]));
    // coef_H cov(H, S) cov(S, S)^-1, by the covariance of the shown with the hidden features' sum.
    const right = shown.map((j) => hidden.reduce((sum, h) => sum + coef[h] * matrix[h * n + j], 0));
    const now = factor.solve(right);
    transform[row + i] += coef[i];
    shown.forEach((j, at) => (transform[row + j] += now[at]));
    // The feature itself was among the hidden ones until now.
    before.forEach((value, at) => (transform[row + order[at]] -= value));
    before = now;
  });
}
