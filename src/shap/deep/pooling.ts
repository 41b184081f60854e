/** Pooling in three dimensions; in two where the depth is 1, and in one where the height is 1 too. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D, Tensor5D } from "@tensorflow/tfjs-core";
import { type Rule, densify, floats, observed } from "./rule";

/** Where an input differs by less, it gets nothing. As shap's TensorFlow explainer. */
const SAME = 1e-7;

export interface Pooling {
  /** [depth, height, width, channels]. */
  inputShape: Volume;
  outputShape: Volume;
  /** [depth, height, width]. */
  size: [number, number, number];
  strides: [number, number, number];
  padding: "valid" | "same";
}

export type Volume = [number, number, number, number];

/**
 * Max pooling: a window's difference max(x) - max(r) goes to the input that makes it: to the greatest of the sample's
 * window where the sample's maximum is the greater one, to the greatest of the reference's window where that is.
 *
 * So every window picks one input, the same for all outputs of the model.
 */
export function maxPool(pooling: Pooling): Rule {
  const { inputShape, outputShape } = pooling;
  const inUnits = tf.util.sizeFromShape(inputShape);
  const outUnits = tf.util.sizeFromShape(outputShape);
  const windows = windowsOf(pooling);
  return {
    forward: ([x]) => pool(x, pooling, tf.maxPool, tf.maxPool3d),
    async observe([x]: Tensor[], y: Tensor) {
      const [input, output] = [await floats(x), await floats(y)];
      return { kind: "unary", input, output, greatest: findGreatest(input, pooling, windows) };
    },
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const [ofSample, ofReference] = [sample.greatest, reference.greatest];
      if (!ofSample || !ofReference) throw new Error("max pooling was called without the places of its maxima");
      const values = densify(multipliers, chunk, outUnits);
      const pairs = chunk.samples * chunk.references;
      const index = new Int32Array(pairs * outUnits);
      const weight = new Float32Array(pairs * outUnits);
      for (let pair = 0; pair < pairs; pair++) {
        const sampleRow = pair % chunk.samples;
        const referenceRow = chunk.firstReference + Math.floor(pair / chunk.samples);
        const [outX, outR] = [sampleRow * outUnits, referenceRow * outUnits];
        const [inX, inR] = [sampleRow * inUnits, referenceRow * inUnits];
        const to = pair * outUnits;
        for (let unit = 0; unit < outUnits; unit++) {
          const difference = sample.output[outX + unit] - reference.output[outR + unit];
          // Nothing to pass on; the weight stays 0.
          if (difference === 0) continue;
          const sampleWins = difference > 0;
          const source = sampleWins ? ofSample[outX + unit] : ofReference[outR + unit];
          // The winner's input at its source is its output.
          const delta = sampleWins
            ? sample.output[outX + unit] - reference.input[inR + source]
            : sample.input[inX + source] - reference.output[outR + unit];
          index[to + unit] = source;
          weight[to + unit] = Math.abs(delta) < SAME ? 0 : difference / delta;
        }
      }
      return [{ kind: "picked", picks: outUnits, values, index, weight }];
    },
  };
}

/** Average pooling is linear: each input of a window gets an equal share; padding counts for nothing. */
export function averagePool(pooling: Pooling): Rule {
  const { inputShape, outputShape } = pooling;
  const channels = inputShape[3];
  const inUnits = tf.util.sizeFromShape(inputShape);
  const outUnits = tf.util.sizeFromShape(outputShape);
  const windows = windowsOf(pooling);
  return {
    forward: ([x]) => pool(x, pooling, tf.avgPool, tf.avgPool3d),
    backward(multipliers, chunk) {
      const values = densify(multipliers, chunk, outUnits);
      const rows = values.length / outUnits;
      const back = new Float32Array(rows * inUnits);
      for (let row = 0; row < rows; row++) {
        for (const { places, to } of windows) {
          const share = 1 / places.length;
          const from = row * outUnits + to;
          for (const place of places) {
            const at = row * inUnits + place;
            for (let channel = 0; channel < channels; channel++) back[at + channel] += values[from + channel] * share;
          }
        }
      }
      return [{ kind: "dense", values: back }];
    },
  };
}

type Pool<Input> = (x: Input, size: never, strides: never, padding: "valid" | "same") => Tensor;

function pool(
  x: Tensor,
  { inputShape, size, strides, padding }: Pooling,
  flat: Pool<Tensor4D>,
  deep: Pool<Tensor5D>,
): Tensor {
  if (inputShape[0] > 1 || size[0] > 1) {
    return deep(tf.reshape(x, [-1, ...inputShape]), size as never, strides as never, padding);
  }
  const [, height, width, channels] = inputShape;
  const image = tf.reshape<tf.Rank.R4>(x, [-1, height, width, channels]);
  return flat(image, size.slice(1) as never, strides.slice(1) as never, padding);
}

/** A window without its padding; its output is the unit `to` and those of the other channels after it. */
interface Window {
  /** The first channel's unit of each place in it. */
  places: Int32Array;
  to: number;
}

function windowsOf({ inputShape, outputShape, size, strides, padding }: Pooling): Window[] {
  const [depth, height, width, channels] = inputShape;
  const batch: [number, ...Volume] = [1, ...inputShape];
  const { padInfo } = tf.backend_util.computePool3DInfo(batch, size, strides, 1, padding);
  const [, outHeight, outWidth] = outputShape;
  return Array.from({ length: outputShape[0] * outHeight * outWidth }, (_, at) => {
    const zs = span(Math.floor(at / outWidth / outHeight) * strides[0] - padInfo.front, size[0], depth);
    const ys = span((Math.floor(at / outWidth) % outHeight) * strides[1] - padInfo.top, size[1], height);
    const xs = span((at % outWidth) * strides[2] - padInfo.left, size[2], width);
    const places = zs.flatMap((z) => ys.flatMap((y) => xs.map((x) => ((z * height + y) * width + x) * channels)));
    return { places: Int32Array.from(places), to: at * channels };
  });
}

/** The numbers from `first`, `size` many, that lie within 0 to before `length`. */
function span(first: number, size: number, length: number): number[] {
  return Array.from({ length: size }, (_, i) => first + i).filter((at) => at >= 0 && at < length);
}

/** The first of the greatest inputs of each window, [rows, output units]. */
function findGreatest(input: Float32Array, { inputShape, outputShape }: Pooling, windows: Window[]): Int32Array {
  const channels = inputShape[3];
  const inUnits = tf.util.sizeFromShape(inputShape);
  const outUnits = tf.util.sizeFromShape(outputShape);
  const rows = input.length / inUnits;
  const greatest = new Int32Array(rows * outUnits);
  for (let row = 0; row < rows; row++) {
    const start = row * inUnits;
    for (const { places, to } of windows) {
      for (let channel = 0; channel < channels; channel++) {
        let most = -Infinity;
        let at = places[0] + channel;
        for (const place of places) {
          const unit = place + channel;
          if (input[start + unit] > most) {
            most = input[start + unit];
            at = unit;
          }
        }
        greatest[row * outUnits + to + channel] = at;
      }
    }
  }
  return greatest;
}
