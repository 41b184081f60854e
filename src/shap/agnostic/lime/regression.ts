/** LIME's local model: a weighted linear regression, on all features or on some that are selected. */
import { Cholesky, solve } from "../../solve";
import { larsPath } from "../lars";

export const FEATURE_SELECTIONS = ["auto", "none", "forward_selection", "highest_weights", "lasso_path"] as const;
export type FeatureSelection = (typeof FEATURE_SELECTIONS)[number];

/** What the regression needs of one output. */
interface Target {
  mean: number;
  /** [features]: weighed products with each feature, both centred. */
  products: Float64Array;
}

export interface LocalModel {
  intercept: number;
  features: readonly number[];
  /** Of those features. */
  coefficients: Float64Array;
}

/** The features and weights of all rows; outputs are fitted one by one. */
export class LocalRegression {
  readonly #features: number;
  readonly #total: number;
  /** [features], and [features, features] of centred features. */
  readonly #means: Float64Array;
  readonly #gram: Float64Array;

  /** @param rows [rows, features], the sample first. @param weights [rows]. */
  constructor(
    private readonly rows: ArrayLike<number>,
    private readonly weights: Float64Array,
  ) {
    const features = (this.#features = rows.length / weights.length);
    const total = (this.#total = weights.reduce((sum, weight) => sum + weight, 0));
    const means = (this.#means = new Float64Array(features));
    const gram = (this.#gram = new Float64Array(features * features));
    for (let n = 0; n < weights.length; n++)
      for (let i = 0; i < features; i++) means[i] += (weights[n] * rows[n * features + i]) / total;
    const centred = new Float64Array(features);
    for (let n = 0; n < weights.length; n++) {
      for (let i = 0; i < features; i++) centred[i] = rows[n * features + i] - means[i];
      for (let i = 0; i < features; i++) {
        const weighed = weights[n] * centred[i];
        for (let j = 0, at = i * features; j <= i; j++) gram[at + j] += weighed * centred[j];
      }
    }
    for (let i = 0; i < features; i++) for (let j = 0; j < i; j++) gram[j * features + i] = gram[i * features + j];
  }

  /**
   * The ridge regression with alpha 1 on the features that are selected, whose intercept is not penalised.
   *
   * @param y [rows]. @param count how many features are selected at most.
   */
  fit(y: ArrayLike<number>, selection: FeatureSelection, count: number): LocalModel {
    const target = this.#target(y);
    const features = this.#select(target, selection, count);
    const coefficients = this.#ridge(target, features, 1);
    const intercept = features.reduce((sum, i, n) => sum - this.#means[i] * coefficients[n], target.mean);
    return { intercept, features, coefficients };
  }

  #target(y: ArrayLike<number>): Target {
    const { weights, rows } = this;
    const features = this.#features;
    const mean = weights.reduce((sum, weight, n) => sum + (weight * y[n]) / this.#total, 0);
    const products = new Float64Array(features);
    for (let n = 0; n < weights.length; n++) {
      const weighed = weights[n] * (y[n] - mean);
      for (let i = 0; i < features; i++) products[i] += weighed * (rows[n * features + i] - this.#means[i]);
    }
    return { mean, products };
  }

  #ridge({ products }: Target, features: readonly number[], alpha: number): Float64Array {
    const size = features.length;
    const matrix = new Float64Array(size * size);
    features.forEach((i, a) => features.forEach((j, b) => (matrix[a * size + b] = this.#gram[i * this.#features + j])));
    for (let a = 0; a < size; a++) matrix[a * size + a] += alpha;
    return solve(
      matrix,
      Float64Array.from(features, (i) => products[i]),
    );
  }

  #select(target: Target, selection: FeatureSelection, count: number): readonly number[] {
    const all = Array.from(this.#means.keys());
    switch (selection) {
      case "none":
        return all;
      case "auto":
        return this.#select(target, count <= 6 ? "forward_selection" : "highest_weights", count);
      case "highest_weights": {
        const weights = this.#ridge(target, all, 0.01).map((value, i) => Math.abs(value * this.rows[i]));
        return all.toSorted((i, j) => weights[j] - weights[i]).slice(0, count);
      }
      case "forward_selection":
        return this.#forward(target, Math.min(count, all.length));
      case "lasso_path": {
        const gram = (i: number): Float64Array => this.#gram.subarray(i * this.#features, (i + 1) * this.#features);
        const path = larsPath(
          { columns: all.length, gram, xy: target.products },
          { method: "lasso", maxIter: 500 },
        ).coefficients.map((step) => all.filter((i) => step[i] !== 0));
        return path.findLast((taken, step) => taken.length <= count || step <= 1) ?? [];
      }
    }
  }

  /** Those that make the fit by least squares the best, one after the other. */
  #forward({ products }: Target, count: number): number[] {
    const [taken, factor] = [[] as number[], new Cholesky()];
    /** Taken ones that others explain, which change no fit. */
    const redundant: number[] = [];
    const row = (i: number): Float64Array =>
      Float64Array.from([...taken, i], (j) => this.#gram[i * this.#features + j]);
    while (taken.length + redundant.length < count) {
      const solution = factor.solve(taken.map((i) => products[i]));
      let best = { feature: -1, gain: -1 };
      for (let i = 0; i < this.#features; i++) {
        if (taken.includes(i) || redundant.includes(i)) continue;
        const shared = row(i);
        const explained = factor.solve(shared.subarray(0, taken.length));
        let [rest, left] = [shared[taken.length], products[i]];
        for (let n = 0; n < taken.length; n++) {
          rest -= shared[n] * explained[n];
          left -= shared[n] * solution[n];
        }
        // What the residual's sum of squares falls by.
        const gain = rest > 1e-12 * shared[taken.length] ? left ** 2 / rest : 0;
        if (gain > best.gain) best = { feature: i, gain };
      }
      if (factor.append(row(best.feature))) taken.push(best.feature);
      else redundant.push(best.feature);
    }
    return [...taken, ...redundant];
  }
}
