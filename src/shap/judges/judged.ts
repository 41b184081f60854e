/** What judges are given: an explanation of one output of each sample. */
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { Game } from "../agnostic/game";
import { independentMasker } from "../agnostic/masker";
import type { Predictor } from "../agnostic/predictor";

export interface Judged {
  /** [samples, ...features]. */
  x: NdArray;
  /** [samples]: which of the model's outputs is explained of each. */
  outputs: Int32Array;
  /** [samples, features]: phi. */
  values: ArrayLike<number>;
}

/** What every judge takes besides. */
export interface JudgeOptions {
  /** Of what is drawn. Default 0. */
  seed?: number;
  /** As of the explainers. Default 256. */
  chunkMB?: number;
  signal?: AbortSignal;
  /** Called as the model is asked. */
  onStep?: () => void;
}

/**
 * The game of each sample in turn, in which hidden features take the values of a background's rows, and its phi [features].
 *
 * @param background [references, ...features].
 */
export function* games(
  predictor: Predictor,
  background: NdArray,
  { x, outputs, values }: Judged,
  { chunkMB = 256, signal, onStep }: JudgeOptions,
): Generator<{ game: Game; sample: number; output: number; phi: Float64Array }> {
  const features = sizeOf(predictor.featureShape);
  const masker = independentMasker(background);
  for (let sample = 0; sample < x.shape[0]; sample++) {
    const row = x.data.subarray(sample * features, (sample + 1) * features);
    const control = { chunkMB, onEvaluated: () => onStep?.(), ...(signal ? { signal } : {}) };
    yield {
      game: new Game(predictor, masker, row, control),
      sample,
      output: outputs[sample],
      phi: Float64Array.from({ length: features }, (_, i) => values[sample * features + i]),
    };
  }
}
