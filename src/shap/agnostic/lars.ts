import { Cholesky } from "../solve";

/** A regression of y on p columns, by what least angles need of it. */
export interface Regression {
  columns: number;
  /** [p]: products of a column with all columns. */
  gram: (column: number) => Float64Array;
  /** [p]: products of all columns with y. */
  xy: Float64Array;
}

export interface LarsPath {
  /** Columns in the order in which they came in; those that a lasso dropped again are not there. */
  active: number[];
  /** [p] after each step; the first is all zero. */
  coefficients: Float64Array[];
}

/**
 * Least angle regression: columns come in one by one, the most correlated with the residual first (Efron et al. 2004). The
 * same path as scikit-learn's `lars_path`.
 *
 * @param method "lasso" drops a column whose coefficient passes zero.
 */
export function larsPath(
  { columns, gram, xy }: Regression,
  { method, maxIter }: { method: "lar" | "lasso"; maxIter: number },
): LarsPath {
  const correlation = Float64Array.from(xy);
  const coefficient = new Float64Array(columns);
  const coefficients = [Float64Array.from(coefficient)];
  /** Columns that are in, and those that are combinations of them. */
  const [active, redundant] = [[] as number[], new Set<number>()];
  let factor = new Cholesky();
  let dropped = -1;
  const scale = xy.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const inactive = (): number[] =>
    Array.from(correlation.keys()).filter((j) => !active.includes(j) && !redundant.has(j));
  const rowOf = (j: number, among: readonly number[]): Float64Array => {
    const row = gram(j);
    return Float64Array.from([...among.map((i) => row[i]), row[j]]);
  };
  for (let step = 0; step < maxIter; step++) {
    if (dropped < 0) {
      let entering = -1;
      for (const j of inactive())
        if (entering < 0 || Math.abs(correlation[j]) > Math.abs(correlation[entering])) entering = j;
      if (entering < 0 || Math.abs(correlation[entering]) <= 1e-14 * scale) break;
      if (!factor.append(rowOf(entering, active))) {
        redundant.add(entering);
        step--;
        continue;
      }
      active.push(entering);
    }
    const most = active.reduce((all, j) => Math.max(all, Math.abs(correlation[j])), 0);
    const signs = active.map((j) => Math.sign(correlation[j]) || 1);
    // All correlations of active columns shrink alike along this direction, by 1 for each unit of the step.
    const direction = factor.solve(signs);
    const slope = new Float64Array(columns);
    active.forEach((j, i) => {
      const row = gram(j);
      for (let k = 0; k < columns; k++) slope[k] += direction[i] * row[k];
    });
    let length = most;
    for (const j of inactive()) {
      if (j === dropped) continue;
      for (const candidate of [(most - correlation[j]) / (1 - slope[j]), (most + correlation[j]) / (1 + slope[j])])
        if (candidate > 1e-14 * most && candidate < length) length = candidate;
    }
    dropped = -1;
    if (method === "lasso") {
      active.forEach((j, i) => {
        const zero = -coefficient[j] / direction[i];
        if (zero > 1e-14 * most && zero < length) [length, dropped] = [zero, j];
      });
    }
    active.forEach((j, i) => (coefficient[j] += length * direction[i]));
    for (let k = 0; k < columns; k++) correlation[k] -= length * slope[k];
    if (dropped >= 0) {
      coefficient[dropped] = 0;
      active.splice(active.indexOf(dropped), 1);
      factor = new Cholesky();
      active.forEach((j, i) => factor.append(rowOf(j, active.slice(0, i))));
    }
    coefficients.push(Float64Array.from(coefficient));
    if (length >= most) break;
  }
  return { active, coefficients };
}
