import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { mean } from "../../protocol/numbers";
import { randomFor } from "../random";
import type { Judged, JudgeOptions } from "./judged";

export interface MaxSensitivityOptions extends JudgeOptions {
  /** Neighbours drawn for a sample. Default 10. */
  draws?: number;
  /** How far a feature of a neighbour may be, as a fraction of its range in the background. Default 0.02. */
  radius?: number;
}

export interface MaxSensitivity {
  /** Mean and largest over samples of max |phi(y) - phi(x)| / |phi(x)|. 0 is best. */
  mean: number;
  worst: number;
}

/**
 * Max-sensitivity (Yeh et al. 2019, definition 3.1), by Monte Carlo: how much the values change at most, in the Euclidean norm, as
 * the sample moves a little. Relative to the values' own norm, so that models can be compared.
 *
 * @param background [references, ...features]: tells the features' ranges.
 * @param explain [samples, ...features] to phi of the judged outputs, [samples, features].
 */
export async function maxSensitivity(
  background: NdArray,
  judged: Judged,
  explain: (x: NdArray) => Promise<ArrayLike<number>>,
  options: MaxSensitivityOptions = {},
): Promise<MaxSensitivity> {
  const { draws = 10, radius = 0.02, seed = 0, signal } = options;
  const { x, values } = judged;
  const features = sizeOf(x.shape.slice(1));
  const reach = ranges(background, features).map((range) => range * radius);
  const samples = x.shape[0];
  const most = new Float64Array(samples);
  const norms = Float64Array.from({ length: samples }, (_, n) => norm(features, (i) => values[n * features + i]));
  for (let n = 0; n < draws; n++) {
    signal?.throwIfAborted();
    const random = randomFor(seed, `sensitivity/${n}`);
    const near = x.data.map((value, i) => value + (2 * random() - 1) * reach[i % features]);
    const moved = await explain({ data: near, shape: x.shape });
    for (let sample = 0; sample < samples; sample++) {
      const from = sample * features;
      const change = norm(features, (i) => moved[from + i] - values[from + i]);
      // Values of nothing but 0 that stay so have not changed.
      const ratio = change === 0 ? 0 : change / norms[sample];
      most[sample] = Math.max(most[sample], ratio);
    }
  }
  return { mean: mean(most), worst: most.reduce((a, b) => Math.max(a, b), 0) };
}

/** [features]: highest minus lowest value among the rows, of those that are not missing. */
function ranges({ data }: NdArray, features: number): Float64Array {
  const [low, high] = [new Float64Array(features).fill(Infinity), new Float64Array(features).fill(-Infinity)];
  data.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    low[i % features] = Math.min(low[i % features], value);
    high[i % features] = Math.max(high[i % features], value);
  });
  return high.map((value, i) => Math.max(0, value - low[i]));
}

function norm(length: number, at: (i: number) => number): number {
  let squares = 0;
  for (let i = 0; i < length; i++) squares += at(i) ** 2;
  return Math.sqrt(squares);
}
