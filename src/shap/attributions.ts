import type { ShapValues } from "./shapValues";

/** What an explainer of the family computes. */
export interface Attributions extends ShapValues {
  /**
   * [samples, outputs]: what the values of a sample are added to. The same for all samples but where what stands in for
   * hidden features depends on the sample (a blurred picture), or where outputs are ranked.
   */
  baseValues: Float64Array;
  /** [samples, outputs]: which output of the model each column is, where outputs are ranked for each sample. */
  outputIndexes?: Int32Array;
}

/** What every explainer of the family takes besides its own options. */
export interface FamilyOptions {
  /** Memory in MiB for the rows that the model is given at once, and what it makes of them. Default 256. */
  chunkMB?: number;
  /** Of what is drawn. Default 0. */
  seed?: number;
  /** The number of the first sample, which draws follow, where others of the same explanation went before. Default 0. */
  firstSample?: number;
  /** Called after each chunk with the fraction done in [0, 1]. */
  onProgress?: (fraction: number) => void;
  /** Checked between chunks; its reason is thrown. */
  signal?: AbortSignal;
}

/** An option that an explainer cannot work with. The message says which, and what to give. */
export class ExplainerOptionError extends Error {
  override readonly name = "ExplainerOptionError";
}

/** max over samples and outputs of |sum(phi) + base - f(x)|. @param values [samples, features, outputs]. */
export function additivityError(
  values: ArrayLike<number>,
  baseValues: ArrayLike<number>,
  predictions: ArrayLike<number>,
  outputs: number,
): number {
  return largest(additivityErrors([values], baseValues, predictions, outputs));
}

/**
 * [samples, outputs]: |sum(phi) + base - f(x)|.
 *
 * @param values of each of the model's inputs, [samples, features, outputs].
 */
export function additivityErrors(
  values: readonly ArrayLike<number>[],
  baseValues: ArrayLike<number>,
  predictions: ArrayLike<number>,
  outputs: number,
): Float64Array {
  const samples = predictions.length / outputs;
  return Float64Array.from(predictions, (prediction, at) => {
    let sum = baseValues[at] - prediction;
    for (const own of values) {
      const width = own.length / samples;
      const start = Math.floor(at / outputs) * width;
      for (let i = start + (at % outputs); i < start + width; i += outputs) sum += own[i];
    }
    return Math.abs(sum);
  });
}

/** 0 of none; a NaN stays: Math.max passes it on. */
export function largest(errors: Float64Array): number {
  return errors.reduce((most, error) => Math.max(most, error), 0);
}

/** [outputs]: the mean of rows [n, outputs]. */
export function meanRow(rows: ArrayLike<number>, outputs: number): Float64Array {
  const mean = new Float64Array(outputs);
  for (let i = 0; i < rows.length; i++) mean[i % outputs] += rows[i];
  return mean.map((sum) => (sum * outputs) / rows.length);
}
