/** What an explainer computes. */
export interface ShapValues {
  samples: number;
  /** Shape of one input, without the batch axis. */
  featureShape: readonly number[];
  outputs: number;
  /** [samples, ...featureShape, outputs], row-major. */
  values: Float32Array;
  /** [outputs]: the model's mean output over the background, E[f]. */
  expectedValue: Float64Array;
  /** [samples, outputs]: the model's output f(x). */
  predictions: Float32Array;
  /** max over samples and outputs of |sum(phi) + E[f] - f(x)|. */
  additivityError: number;
}
