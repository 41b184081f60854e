import { type NdArray, sizeOf } from "../../../protocol/ndArray";
import {
  type Attributions,
  ExplainerOptionError,
  type FamilyOptions,
  additivityError,
  meanRow,
} from "../../attributions";
import { type Random, randomFor } from "../../random";
import { type Predictor, checkRows, predictAll } from "../predictor";
import { type NeighbourhoodOptions, TableNeighbourhood } from "./neighbourhood";
import { FEATURE_SELECTIONS, type FeatureSelection, LocalRegression } from "./regression";

export interface LimeTabularOptions extends FamilyOptions, NeighbourhoodOptions {
  /** Rows drawn near a sample, itself the first (lime's `num_samples`). Default 5000. */
  nsamples?: number;
  /** How many features the local model takes at most; the others get 0. Default 10. */
  numFeatures?: number;
  /** How they are selected. Default auto: forward_selection up to 6, highest_weights beyond. */
  featureSelection?: FeatureSelection;
  /** How fast rows count less with their Euclidean distance. Default 0.75 times the root of the number of features. */
  kernelWidth?: number;
  /** In place of a sample's random numbers, two for each row and feature: to repeat what another program drew. */
  random?: (sample: number) => Random;
}

/**
 * LIME for tables, as Python's `lime_tabular`: the coefficients of a ridge regression of the output on whether features of rows
 * drawn near the sample are in its bins, or on their standardized values, weighed by nearness (Ribeiro et al. 2016). A feature
 * that does not vary keeps its value, of which the package makes 0. These are no Shapley values; the base values are the local
 * models' intercepts.
 */
export class LimeTabularExplainer {
  /** @param background [references, ...features]: stands for the training data. @throws RangeError where it does not fit. */
  constructor(
    readonly predictor: Predictor,
    readonly background: NdArray,
  ) {
    checkRows(background, predictor.featureShape, "background");
  }

  /**
   * @param x [samples, ...features].
   * @throws RangeError where its shape does not fit. @throws ExplainerOptionError. @throws the signal's reason.
   */
  async shapValues(x: NdArray, options: LimeTabularOptions = {}): Promise<Attributions> {
    const { predictor } = this;
    const { featureShape, outputs } = predictor;
    const { chunkMB = 256, seed = 0, firstSample = 0, signal, onProgress } = options;
    checkRows(x, featureShape, "samples");
    const [samples, features] = [x.shape[0], sizeOf(featureShape)];
    const { nsamples, numFeatures, featureSelection, kernelWidth } = checked(options, features);
    if (!x.data.every(Number.isFinite))
      throw new ExplainerOptionError("LIME takes no missing or infinite values; the samples have some.");
    const neighbourhood = new TableNeighbourhood(this.background, options);
    const values = new Float32Array(samples * features * outputs);
    const [baseValues, predictions] = [new Float64Array(samples * outputs), new Float32Array(samples * outputs)];
    for (let sample = 0; sample < samples; sample++) {
      signal?.throwIfAborted();
      const row = x.data.subarray(sample * features, (sample + 1) * features);
      const random = options.random?.(firstSample + sample) ?? randomFor(seed, `lime/${firstSample + sample}`);
      const { rows, interpretable } = neighbourhood.draw(row, nsamples, random);
      const answers = await predictAll(predictor, { data: rows, shape: [nsamples, ...featureShape] }, chunkMB, signal);
      predictions.set(answers.subarray(0, outputs), sample * outputs);
      const regression = new LocalRegression(interpretable, nearness(interpretable, features, kernelWidth));
      for (let k = 0; k < outputs; k++) {
        // Of many features each fit takes a while: lets signals in.
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        const y = Float64Array.from({ length: nsamples }, (_, n) => answers[n * outputs + k]);
        const model = regression.fit(y, featureSelection, numFeatures);
        baseValues[sample * outputs + k] = model.intercept;
        model.features.forEach((i, n) => (values[(sample * features + i) * outputs + k] = model.coefficients[n]));
        onProgress?.((sample + (k + 1) / outputs) / samples);
      }
    }
    return {
      ...{ samples, featureShape, outputs, values, baseValues, predictions },
      expectedValue: meanRow(baseValues, outputs),
      additivityError: additivityError(values, baseValues, predictions, outputs),
    };
  }
}

/** @throws ExplainerOptionError */
function checked(
  { nsamples = 5000, numFeatures = 10, featureSelection = "auto", kernelWidth }: LimeTabularOptions,
  features: number,
): Required<Pick<LimeTabularOptions, "nsamples" | "numFeatures" | "featureSelection" | "kernelWidth">> {
  if (!Number.isInteger(nsamples) || nsamples < 2)
    throw new ExplainerOptionError(`nsamples is a whole number from 2 on, not ${nsamples}.`);
  if (!Number.isInteger(numFeatures) || numFeatures < 1)
    throw new ExplainerOptionError(`num_features is a whole number from 1 on, not ${numFeatures}.`);
  if (!FEATURE_SELECTIONS.includes(featureSelection))
    throw new ExplainerOptionError(`feature_selection is one of ${FEATURE_SELECTIONS.join(", ")}.`);
  const width = kernelWidth ?? 0.75 * Math.sqrt(features);
  if (!(width > 0)) throw new ExplainerOptionError(`kernel_width is a number above 0, not ${width}.`);
  return { nsamples, numFeatures, featureSelection, kernelWidth: width };
}

/** [rows]: sqrt(exp(-d^2 / width^2)), d the Euclidean distance from the first row. */
function nearness(rows: Float64Array, features: number, width: number): Float64Array {
  return Float64Array.from({ length: rows.length / features }, (_, n) => {
    let square = 0;
    for (let i = 0; i < features; i++) square += (rows[n * features + i] - rows[i]) ** 2;
    return Math.sqrt(Math.exp(-square / width ** 2));
  });
}
