/** Which outputs of a model are explained. */
import { ExplainerOptionError } from "../attributions";

export type OutputRankOrder = "max" | "min" | "max_abs";

export interface RankingOptions {
  /** How many outputs of each sample are explained, the first in `outputRankOrder`; all by default. */
  rankedOutputs?: number;
  /** Default "max": the highest first. */
  outputRankOrder?: OutputRankOrder;
}

/**
 * k: how many outputs of each sample are explained.
 *
 * @param outputs of the model. @throws ExplainerOptionError
 */
export function rankedCount(outputs: number, { rankedOutputs }: RankingOptions): number {
  const count = rankedOutputs ?? outputs;
  if (Number.isInteger(count) && count >= 1 && count <= outputs) return count;
  throw new ExplainerOptionError(
    `ranked_outputs is a whole number from 1 to ${outputs}, the model's outputs; not ${count}.`,
  );
}

/**
 * [samples, k]: the outputs explained of each sample.
 *
 * @param predictions [samples, outputs].
 */
export function rankOutputs(predictions: Float32Array, outputs: number, options: RankingOptions): Int32Array {
  const { rankedOutputs, outputRankOrder = "max" } = options;
  const samples = predictions.length / outputs;
  const count = rankedCount(outputs, options);
  const ranked = new Int32Array(samples * count);
  const keys = {
    max: (value: number) => -value,
    min: (value: number) => value,
    max_abs: (value: number) => -Math.abs(value),
  };
  const key = keys[outputRankOrder];
  for (let sample = 0; sample < samples; sample++) {
    const order = Array.from({ length: outputs }, (_, k) => k);
    if (rankedOutputs !== undefined) {
      const own = predictions.subarray(sample * outputs, (sample + 1) * outputs);
      order.sort((a, b) => key(own[a]) - key(own[b]) || a - b);
    }
    ranked.set(order.slice(0, count), sample * count);
  }
  return ranked;
}
