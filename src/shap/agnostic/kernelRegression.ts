/** The weighted regression of KernelExplainer: which players count, and how much. */
import { ExplainerOptionError } from "../attributions";
import { SingularMatrixError, solve } from "../solve";
import type { WeightedCoalitions } from "./kernelCoalitions";
import { type Regression, larsPath } from "./lars";

/**
 * Which players a sample's values may be spread over: "num_features(k)" the k that come first in a path of least angles, "aic"
 * and "bic" those of the lasso with the best such criterion, "auto" "aic" where under a fifth of all coalitions is
 * evaluated, false all.
 */
export type L1Reg = "auto" | "aic" | "bic" | false | `num_features(${number})`;

/** @throws ExplainerOptionError where a text is none of them. */
export function parseL1Reg(text: string): L1Reg {
  if (text === "false" || text === "0") return false;
  if (text === "auto" || text === "aic" || text === "bic") return text;
  const features = /^num_features\((\d+)\)$/.exec(text)?.[1];
  if (features !== undefined && Number(features) > 0) return `num_features(${Number(features)})`;
  throw new ExplainerOptionError(`l1_reg "${text}" is none of auto, aic, bic, num_features(10), false.`);
}

/** Solves for one output after another; what does not depend on the output is kept. */
export class KernelRegression {
  readonly #plain = new Map<number, Float64Array>();
  readonly #augmented = new Map<number, Float64Array>();
  /** [count]: weights of a coalition, and of its missing players, in the regression that selects features. */
  readonly #on: Float64Array;
  readonly #off: Float64Array;

  /** @param fraction of all coalitions that are evaluated. */
  constructor(
    private readonly coalitions: WeightedCoalitions,
    private readonly fraction: number,
    private readonly l1Reg: L1Reg,
  ) {
    const { count, size, members, weights } = coalitions;
    const taken = Float64Array.from({ length: count }, (_, n) =>
      members.subarray(n * size, (n + 1) * size).reduce((sum, member) => sum + member, 0),
    );
    this.#on = weights.map((weight, n) => weight * (size - taken[n]));
    this.#off = weights.map((weight, n) => weight * taken[n]);
  }

  /**
   * phi [M] of one output, which sums to `total`.
   *
   * @param y [count]: the coalitions' values less that of nobody. @param total f(x) - E[f].
   * @throws ExplainerOptionError where the coalitions do not determine it.
   */
  solve(y: Float64Array, total: number): Float64Array {
    const { size } = this.coalitions;
    const chosen = this.#select(y, total);
    const phi = new Float64Array(size);
    const last = chosen.pop();
    if (last === undefined) return phi;
    const inner = (i: number, j: number): number => this.#column(this.#plain, j, this.coalitions.weights)[i];
    const b = this.#products(y, this.coalitions.weights);
    // One player is eliminated, so that the values add up: z_i - z_last is regressed on y - total * z_last.
    const n = chosen.length;
    const [matrix, right] = [new Float64Array(n * n), new Float64Array(n)];
    const square = inner(last, last);
    chosen.forEach((i, row) => {
      right[row] = b[i] - b[last] - total * (inner(i, last) - square);
      chosen.forEach((j, k) => (matrix[row * n + k] = inner(i, j) - inner(i, last) - inner(last, j) + square));
    });
    try {
      const solution = solve(matrix, right);
      chosen.forEach((player, i) => (phi[player] = solution[i]));
      phi[last] = total - solution.reduce((a, value) => a + value, 0);
    } catch (error) {
      if (!(error instanceof SingularMatrixError)) throw error;
      throw new ExplainerOptionError(
        `The ${this.coalitions.count} coalitions do not determine the values of ${n + 1} features: ` +
          'raise nsamples, give l1_reg "num_features(10)", or group the features.',
        { cause: error },
      );
    }
    return phi.map((value) => (Math.abs(value) < 1e-10 ? 0 : value));
  }

  #select(y: Float64Array, total: number): number[] {
    const { size } = this.coalitions;
    const reg = this.l1Reg === "auto" ? (this.fraction < 0.2 ? "aic" : false) : this.l1Reg;
    if (reg === false) return Array.from({ length: size }, (_, i) => i);
    const onXy = this.#products(y, this.#on);
    // Of the rows that say who is missing, z - 1, against y - total.
    const missing = this.#off.map((weight, n) => weight * (y[n] - total));
    const all = missing.reduce((a, b) => a + b, 0);
    const offXy = this.#products(
      Float64Array.from(missing, () => 1),
      missing,
    );
    const xy = onXy.map((value, i) => value + offXy[i] - all);
    const gram = (j: number): Float64Array => this.#column(this.#augmented, j, this.#on, this.#off);
    if (reg === "aic" || reg === "bic") return this.#byCriterion(reg, { columns: size, gram, xy }, y, total);
    const features = Number(/\d+/.exec(reg)?.[0]);
    return larsPath({ columns: size, gram, xy }, { method: "lar", maxIter: features }).active;
  }

  /** scikit-learn's StandardScaler without mean, then LassoLarsIC with an intercept. */
  #byCriterion(criterion: "aic" | "bic", { columns, gram, xy }: Regression, y: Float64Array, total: number): number[] {
    const { count, size, members } = this.coalitions;
    const rows = 2 * count;
    const sums = new Float64Array(columns);
    let [ySum, ySquares] = [0, 0];
    for (let n = 0; n < count; n++) {
      const [on, off] = [Math.sqrt(this.#on[n]), Math.sqrt(this.#off[n])];
      for (let i = 0; i < size; i++) sums[i] += members[n * size + i] ? on : -off;
      ySum += on * y[n] + off * (y[n] - total);
      ySquares += this.#on[n] * y[n] ** 2 + this.#off[n] * (y[n] - total) ** 2;
    }
    const scale = sums.map((sum, i) => Math.sqrt(gram(i)[i] / rows - (sum / rows) ** 2) || 1);
    const centred: Regression = {
      columns,
      gram: (j) => gram(j).map((value, i) => (value - (sums[i] * sums[j]) / rows) / (scale[i] * scale[j])),
      xy: xy.map((value, i) => (value - (sums[i] * ySum) / rows) / scale[i]),
    };
    if (rows <= columns + 1)
      throw new ExplainerOptionError(
        `l1_reg "${criterion}" takes more coalitions than the ${count} of nsamples for ${columns} features.`,
      );
    const columnsOf = Array.from({ length: columns }, (_, j) => centred.gram(j));
    const kept = { ...centred, gram: (j: number) => columnsOf[j] };
    const { coefficients } = larsPath(kept, { method: "lasso", maxIter: 500 });
    const squares = ySquares - ySum ** 2 / rows;
    const residual = (w: Float64Array): number => {
      let sum = squares;
      for (let i = 0; i < columns; i++) {
        if (w[i] === 0) continue;
        sum -= 2 * w[i] * centred.xy[i];
        for (let j = 0; j < columns; j++) sum += w[i] * w[j] * columnsOf[i][j];
      }
      return Math.max(0, sum);
    };
    // The noise is what least squares over all columns leave.
    const last = coefficients[coefficients.length - 1];
    const noise = residual(last) / (rows - columns - 1);
    const penalty = criterion === "aic" ? 2 : Math.log(rows);
    let best = { value: Infinity, w: last };
    for (const w of noise > 1e-12 * squares ? coefficients : [last]) {
      const value = residual(w) / noise + penalty * w.filter((each) => Math.abs(each) > Number.EPSILON).length;
      if (value < best.value) best = { value, w };
    }
    return Array.from(best.w.keys()).filter((i) => best.w[i] !== 0);
  }

  /** [M]: sum over coalitions of on z_i z_j + off (1 - z_i) (1 - z_j). */
  #column(kept: Map<number, Float64Array>, j: number, on: Float64Array, off?: Float64Array): Float64Array {
    const known = kept.get(j);
    if (known) return known;
    const { count, size, members } = this.coalitions;
    const column = new Float64Array(size);
    for (let n = 0; n < count; n++) {
      const at = n * size;
      const member = members[at + j];
      const weight = member ? on[n] : (off?.[n] ?? 0);
      if (weight === 0) continue;
      for (let i = 0; i < size; i++) if (members[at + i] === member) column[i] += weight;
    }
    kept.set(j, column);
    return column;
  }

  /** [M]: sum over coalitions of weight * y * z_i. */
  #products(y: Float64Array, weights: Float64Array): Float64Array {
    const { count, size, members } = this.coalitions;
    const products = new Float64Array(size);
    for (let n = 0; n < count; n++) {
      const value = weights[n] * y[n];
      for (let i = 0; i < size; i++) if (members[n * size + i]) products[i] += value;
    }
    return products;
  }
}
