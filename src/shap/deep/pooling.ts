/** Pooling in two dimensions; in one where the height is 1. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type Rule, densify, floats, observed } from "./rule";

/** Where an input differs by less, it gets nothing. As shap's TensorFlow explainer. */
const SAME = 1e-7;

export interface Pooling {
  /** [height, width, channels]. */
  inputShape: [number, number, number];
  outputShape: [number, number, number];
  size: [number, number];
  strides: [number, number];
  padding: "valid" | "same";
}

/**
 * Max pooling: a window's difference max(x) - max(r) goes to the input that makes it: to the greatest of the sample's
 * window where the sample's maximum is the greater one, to the greatest of the reference's window where that is.
 *
 * So every window picks one input, the same for all outputs of the model.
 */
export function maxPool(pooling: Pooling): Rule {
  const { inputShape, outputShape, size, strides, padding } = pooling;
  const inUnits = tf.util.sizeFromShape(inputShape);
  const outUnits = tf.util.sizeFromShape(outputShape);
  const windows = windowsOf(pooling);
  return {
    forward: ([x]) => tf.maxPool(tf.reshape<tf.Rank.R4>(x, [-1, ...inputShape]), size, strides, padding),
    async observe(x: Tensor, y: Tensor) {
      const [input, output] = [await floats(x), await floats(y)];
      return { input, output, greatest: findGreatest(input, pooling, windows) };
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
  const { inputShape, outputShape, size, strides, padding } = pooling;
  const [width, channels] = inputShape.slice(1);
  const inUnits = tf.util.sizeFromShape(inputShape);
  const outUnits = tf.util.sizeFromShape(outputShape);
  const windows = windowsOf(pooling);
  return {
    forward: ([x]) => tf.avgPool(tf.reshape<tf.Rank.R4>(x, [-1, ...inputShape]), size, strides, padding),
    backward(multipliers, chunk) {
      const values = densify(multipliers, chunk, outUnits);
      const rows = values.length / outUnits;
      const back = new Float32Array(rows * inUnits);
      for (let row = 0; row < rows; row++) {
        for (const { top, bottom, left, right, to } of windows) {
          const share = 1 / ((bottom - top) * (right - left));
          const from = row * outUnits + to;
          for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) {
              const at = row * inUnits + (y * width + x) * channels;
              for (let channel = 0; channel < channels; channel++) back[at + channel] += values[from + channel] * share;
            }
          }
        }
      }
      return [{ kind: "dense", values: back }];
    },
  };
}

/** A window without its padding: rows `top` to before `bottom`; its output is the unit `to` and those of the other channels after it. */
interface Window {
  top: number;
  bottom: number;
  left: number;
  right: number;
  to: number;
}

function windowsOf(pooling: Pooling): Window[] {
  const { inputShape, outputShape, size, strides, padding } = pooling;
  const [height, width, channels] = inputShape;
  const { padInfo } = tf.backend_util.computePool2DInfo([1, height, width, channels], size, strides, 1, padding);
  const [outHeight, outWidth] = outputShape;
  return Array.from({ length: outHeight * outWidth }, (_, at) => {
    const y = Math.floor(at / outWidth) * strides[0] - padInfo.top;
    const x = (at % outWidth) * strides[1] - padInfo.left;
    return {
      top: Math.max(y, 0),
      bottom: Math.min(y + size[0], height),
      left: Math.max(x, 0),
      right: Math.min(x + size[1], width),
      to: at * channels,
    };
  });
}

/** The first of the greatest inputs of each window, [rows, output units]. */
function findGreatest(input: Float32Array, { inputShape, outputShape }: Pooling, windows: Window[]): Int32Array {
  const [width, channels] = inputShape.slice(1);
  const inUnits = tf.util.sizeFromShape(inputShape);
  const outUnits = tf.util.sizeFromShape(outputShape);
  const rows = input.length / inUnits;
  const greatest = new Int32Array(rows * outUnits);
  for (let row = 0; row < rows; row++) {
    const start = row * inUnits;
    for (const { top, bottom, left, right, to } of windows) {
      for (let channel = 0; channel < channels; channel++) {
        let most = -Infinity;
        let at = (top * width + left) * channels + channel;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            const unit = (y * width + x) * channels + channel;
            if (input[start + unit] > most) {
              most = input[start + unit];
              at = unit;
            }
          }
        }
        greatest[row * outUnits + to + channel] = at;
      }
    }
  }
  return greatest;
}
