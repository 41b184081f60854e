import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { checkRows } from "../agnostic/predictor";
import { type Attributions, ExplainerOptionError, type FamilyOptions, additivityError, meanRow } from "../attributions";
import { randomFor, shuffle } from "../random";
import { type Covariance, covarianceOf, estimateTransform } from "./dependence";
import type { LinearModel } from "./linearModel";

export interface LinearOptions extends Omit<FamilyOptions, "chunkMB"> {
  /**
   * "interventional" (default): features are changed one by one, as if independent. "correlation_dependent": a hidden feature
   * is expected from those that are shown, as features of a normal distribution; correlated ones share the credit.
   */
  featurePerturbation?: "interventional" | "correlation_dependent";
  /** Orders of the features over which "correlation_dependent" averages. Default 1000. */
  nsamples?: number;
  /** The n-th order for an output, in place of a random one: to repeat what another program drew. */
  permutation?: (output: number, n: number, features: number) => readonly number[];
}

/**
 * SHAP values of a linear model, by its coefficients (Lundberg & Lee 2017, corollary 1). The same numbers as Python's
 * `shap.LinearExplainer` with the maskers Independent and Impute.
 */
export class LinearExplainer {
  readonly #mean: Float64Array;

  /** @param background [references, ...features]: its mean and covariance stand for all data. */
  constructor(
    readonly model: LinearModel,
    readonly background: NdArray,
  ) {
    checkRows(background, model.featureShape, "background");
    this.#mean = meanRow(background.data, sizeOf(model.featureShape));
  }

  /**
   * @param x [samples, ...features].
   * @throws RangeError where its shape does not fit. @throws ExplainerOptionError. @throws the signal's reason.
   */
  async shapValues(x: NdArray, options: LinearOptions = {}): Promise<Attributions> {
    const { featurePerturbation = "interventional", onProgress } = options;
    const { featureShape, outputs, coef, intercept } = this.model;
    checkRows(x, featureShape, "samples");
    const [samples, features] = [x.shape[0], sizeOf(featureShape)];
    const dot = (rows: ArrayLike<number>, at: number, k: number): number => {
      let sum = intercept[k];
      for (let i = 0; i < features; i++) sum += rows[at + i] * coef[i * outputs + k];
      return sum;
    };
    const expectedValue = Float64Array.from({ length: outputs }, (_, k) => dot(this.#mean, 0, k));
    const predictions = Float32Array.from({ length: samples * outputs }, (_, i) =>
      dot(x.data, Math.floor(i / outputs) * features, i % outputs),
    );
    const values = new Float32Array(samples * features * outputs);
    if (featurePerturbation === "interventional") {
      values.forEach((_, at) => {
        const [i, sample] = [Math.floor(at / outputs) % features, Math.floor(at / outputs / features)];
        values[at] = (x.data[sample * features + i] - this.#mean[i]) * coef[at % (features * outputs)];
      });
    } else {
      const covariance = this.#covariance();
      for (let k = 0; k < outputs; k++) await this.#dependent(values, x, k, covariance, options);
    }
    onProgress?.(1);
    const baseValues = Float64Array.from({ length: samples * outputs }, (_, i) => expectedValue[i % outputs]);
    const error = additivityError(values, baseValues, predictions, outputs);
    return { samples, featureShape, outputs, values, baseValues, expectedValue, predictions, additivityError: error };
  }

  #covariance(): Covariance {
    const rows = this.background.shape[0];
    if (rows < 2) throw new ExplainerOptionError("Correlations need a background of 2 rows or more.");
    return covarianceOf(this.background.data, this.#mean);
  }

  /** Writes the values of output k. */
  async #dependent(
    values: Float32Array,
    { data, shape }: NdArray,
    k: number,
    { groups, matrix }: Covariance,
    { nsamples = 1000, seed = 0, permutation, signal, onProgress }: LinearOptions,
  ): Promise<void> {
    if (!Number.isInteger(nsamples) || nsamples < 1)
      throw new ExplainerOptionError(`nsamples is a whole number from 1 on, not ${nsamples}.`);
    const { outputs, coef } = this.model;
    const [features, size] = [this.#mean.length, groups.length];
    const random = randomFor(seed, `linear/${k}`);
    const order = Array.from(groups.keys());
    const orders = function* (): Generator<readonly number[]> {
      for (let n = 0; n < nsamples; n++) {
        shuffle(order, random);
        yield permutation?.(k, n, size) ?? order;
      }
    };
    const joined = Float64Array.from(groups, (group) => group.reduce((sum, i) => sum + coef[i * outputs + k], 0));
    const transform = new Float64Array(size * size);
    let done = 0;
    for (const each of orders()) {
      signal?.throwIfAborted();
      estimateTransform(transform, each, joined, matrix);
      onProgress?.((k + ++done / nsamples) / outputs);
      if (done % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (let sample = 0; sample < shape[0]; sample++) {
      const differences = groups.map((group) =>
        group.reduce((sum, i) => sum + (data[sample * features + i] - this.#mean[i]) / group.length, 0),
      );
      groups.forEach((group, i) => {
        const phi =
          differences.reduce((sum, difference, j) => sum + transform[i * size + j] * difference, 0) / nsamples;
        for (const feature of group) values[(sample * features + feature) * outputs + k] = phi / group.length;
      });
    }
  }
}
