import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { drawIndex, randomFor } from "../random";
import type { JudgeOptions } from "./judged";

export interface StabilityOptions extends JudgeOptions {
  /** Backgrounds drawn, each with as many rows as the given one, with replacement. Default 20, 2 at least. */
  resamples?: number;
}

export interface Stability {
  /** As the values: the bounds of 95 % intervals around them, value -+ 1.96 standard deviations over the backgrounds. */
  lower: Float32Array;
  upper: Float32Array;
  /** The mean half width of an interval over the mean |value|: 0 is best. NaN where all values are 0. */
  relativeWidth: number;
}

/** Of the standard normal distribution. */
const Z_95 = 1.959964;

/**
 * How much values owe to which rows happened to be in the background: the bootstrap over its rows (Efron 1979), a confidence
 * interval for each value.
 *
 * @param values any number for each sample. @param explain the same numbers against another background.
 */
export async function stability(
  background: NdArray,
  values: ArrayLike<number>,
  explain: (background: NdArray) => Promise<ArrayLike<number>>,
  options: StabilityOptions = {},
): Promise<Stability> {
  const { resamples = 20, seed = 0, signal } = options;
  const [rows, features] = [background.shape[0], sizeOf(background.shape.slice(1))];
  // Running mean and sum of squared differences from it (Welford 1962).
  const [means, squares] = [new Float64Array(values.length), new Float64Array(values.length)];
  for (let n = 0; n < resamples; n++) {
    signal?.throwIfAborted();
    const random = randomFor(seed, `stability/${n}`);
    const data = new Float32Array(background.data.length);
    for (let row = 0; row < rows; row++) {
      const from = drawIndex(random, rows) * features;
      data.set(background.data.subarray(from, from + features), row * features);
    }
    const drawn = await explain({ data, shape: background.shape });
    for (let i = 0; i < values.length; i++) {
      const before = drawn[i] - means[i];
      means[i] += before / (n + 1);
      squares[i] += before * (drawn[i] - means[i]);
    }
  }
  const half = squares.map((sum) => Z_95 * Math.sqrt(sum / (resamples - 1)));
  let [width, size] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    width += half[i];
    size += Math.abs(values[i]);
  }
  return {
    lower: Float32Array.from(half, (each, i) => values[i] - each),
    upper: Float32Array.from(half, (each, i) => values[i] + each),
    relativeWidth: width / size,
  };
}
