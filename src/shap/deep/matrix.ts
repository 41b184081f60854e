/** Dense layers and convolutions. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { dense } from "./linear";
import { type DenseMultipliers, type Rule, addDifferences, densify, scoped } from "./rule";
import { SparseConvolution } from "./sparse";

/** Numbers: 64 MiB. */
const MOST_CACHED = 2 ** 24;

/**
 * y = x W + b over the last axis.
 *
 * @param kernel [in, out].
 * @param outputUnits of one row, all axes.
 */
export function matrix(kernel: Tensor2D, bias: Tensor | undefined, outputUnits: number): Rule {
  const [inSize, outSize] = kernel.shape;
  // [out, in], made once: every chunk multiplies by it.
  const transposed = tf.keep(tf.tidy(() => tf.transpose(kernel)));
  const weights = transposed.dataSync();
  /**
   * For each reference which of its numbers are not 0, and those columns of the transposed kernel times them,
   * [out, used]. Kept as tensors: a backend that packs its weights packs them once.
   */
  const cache = new Map<number, { used: Int32Array; kernel: Tensor2D }>();
  let cached = 0;
  const columnsOf = (reference: number, input: Float32Array): { used: Int32Array; kernel: Tensor2D } => {
    const known = cache.get(reference);
    if (known) return known;
    const used = nonZero(input);
    const columns = new Float32Array(outSize * used.length);
    for (let out = 0; out < outSize; out++) {
      for (let k = 0; k < used.length; k++) {
        columns[out * used.length + k] = weights[out * inSize + used[k]] * input[used[k]];
      }
    }
    const entry = { used, kernel: tf.tensor2d(columns, [outSize, used.length]) };
    if (cached + columns.length <= MOST_CACHED) {
      cached += columns.length;
      tf.keep(entry.kernel);
      cache.set(reference, entry);
    }
    return entry;
  };
  // Where a kernel serves many rows of an input (a sequence), its features are not its rows.
  const oneRow = outputUnits === outSize;
  const rule: Rule = {
    forward([x]) {
      const product = tf.matMul(tf.reshape(x, [-1, inSize]), kernel);
      return bias ? tf.add(product, bias) : product;
    },
    backward(multipliers, chunk) {
      const { values } = densify(multipliers, chunk, outputUnits);
      return [dense(() => tf.matMul(tf.tensor2d(values, [values.length / outSize, outSize]), transposed))];
    },
    /**
     * sum over r of (x - r) * (m W^T), with x taken out of the sum, and of r only what is not 0: of a digit, a fifth.
     */
    contribute(multipliers, chunk, { x, r }, sums) {
      const { samples, references, firstReference, block, outputs } = chunk;
      // [references, samples * outputs, out].
      const { values } = densify(multipliers, chunk, outputUnits);
      const rows = samples * outputs;
      const size = rows * outSize;
      const total = new Float32Array(size);
      for (let at = 0; at < values.length; at += size) {
        for (let i = 0; i < size; i++) total[i] += values[at + i];
      }
      // [samples, outputs, in].
      const ofX = dense(() => tf.matMul(tf.tensor2d(total, [rows, outSize]), transposed)).values;
      // [samples, outputs, in].
      const gathered = new Float64Array(rows * inSize);
      for (let row = 0; row < rows; row++) {
        const input = Math.floor(row / outputs) * inSize;
        for (let i = 0; i < inSize; i++) gathered[row * inSize + i] = x[input + i] * ofX[row * inSize + i];
      }
      for (let reference = 0; reference < references; reference++) {
        const input = r.subarray((firstReference + reference) * inSize, (firstReference + reference + 1) * inSize);
        const left = values.subarray(reference * size, (reference + 1) * size);
        // [samples, outputs, used]: r * (m W^T).
        let used: Int32Array = NONE;
        const ofR = dense(() => {
          const columns = columnsOf(block + firstReference + reference, input);
          used = columns.used;
          return tf.matMul(tf.tensor2d(left, [rows, outSize]), columns.kernel);
        }).values;
        subtractColumns(gathered, inSize, ofR, used);
      }
      for (let row = 0; row < rows; row++) {
        const to = Math.floor(row / outputs) * inSize * outputs + (row % outputs);
        for (let i = 0; i < inSize; i++) sums[to + i * outputs] += gathered[row * inSize + i];
      }
    },
    dispose: () => {
      transposed.dispose();
      for (const { kernel } of cache.values()) kernel.dispose();
      cache.clear();
    },
  };
  if (!oneRow) delete rule.contribute;
  return rule;
}

export interface Convolution {
  /** [kernel height, kernel width, in, out]. */
  kernel: Tensor4D;
  bias: Tensor | undefined;
  /** [height, width, channels]. */
  inputShape: [number, number, number];
  outputShape: [number, number, number];
  strides: [number, number];
  padding: "valid" | "same" | tf.backend_util.ExplicitPadding;
  dilation: [number, number];
}

/** A two-dimensional convolution; of one dimension where the height is 1. */
export function convolution(layer: Convolution): Rule {
  const { bias, inputShape, outputShape, strides, padding } = layer;
  const kernel = tf.keep(tf.tidy(() => spreadKernel(layer.kernel, layer.dilation)));
  const outUnits = tf.util.sizeFromShape(outputShape);
  const { padInfo } = tf.backend_util.computeConv2DInfo([1, ...inputShape], kernel.shape, strides, 1, padding);
  // [out, height, width, in].
  const byOutput = scoped(() => tf.transpose(kernel, [3, 0, 1, 2]).dataSync() as Float32Array);
  const sparse = new SparseConvolution(byOutput, {
    input: inputShape,
    output: outputShape,
    kernel: [kernel.shape[0], kernel.shape[1]],
    strides,
    padding: [padInfo.top, padInfo.left],
  });
  /** By the backend's own convolution, which is the faster where most units have something to pass on. */
  const byBackend = ({ values }: DenseMultipliers): DenseMultipliers => {
    const rows = values.length / outUnits;
    const images = (): Tensor => {
      const y = tf.tensor4d(values, [rows, ...outputShape]);
      return tf.conv2dTranspose(y, kernel, [rows, ...inputShape], strides, padding);
    };
    return dense(images);
  };
  return {
    forward([x]) {
      const images = tf.reshape<tf.Rank.R4>(x, [-1, ...inputShape]);
      const y = tf.conv2d(images, kernel, strides, padding);
      return bias ? tf.add(y, bias) : y;
    },
    backward: (multipliers, chunk) => [
      multipliers.kind === "picked"
        ? { kind: "dense", values: sparse.spread(multipliers, chunk) }
        : byBackend(multipliers),
    ],
    contribute(multipliers, chunk, inputs, sums) {
      if (multipliers.kind === "picked") sparse.attribute(multipliers, chunk, inputs, sums);
      else addDifferences(sums, byBackend(multipliers).values, chunk, inputs);
    },
    dispose: () => kernel.dispose(),
  };
}

/** A dilated kernel is a larger one with zeros between its taps; tfjs has no gradient for dilation. */
function spreadKernel(kernel: Tensor4D, [dilationY, dilationX]: [number, number]): Tensor4D {
  if (dilationY === 1 && dilationX === 1) return kernel.clone();
  const [height, width, inChannels, outChannels] = kernel.shape;
  const size = inChannels * outChannels;
  const [tall, wide] = [(height - 1) * dilationY + 1, (width - 1) * dilationX + 1];
  const from = kernel.dataSync();
  const to = new Float32Array(tall * wide * size);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const tap = (y * width + x) * size;
      to.set(from.subarray(tap, tap + size), (y * dilationY * wide + x * dilationX) * size);
    }
  }
  return tf.tensor4d(to, [tall, wide, inChannels, outChannels]);
}

const NONE = new Int32Array(0);

/** Takes rows of the used columns from rows of all columns: `wide` numbers each. */
function subtractColumns(from: Float64Array, wide: number, what: Float32Array, used: Int32Array): void {
  const count = used.length;
  for (let start = 0, at = 0; start < from.length; start += wide, at += count) {
    for (let k = 0; k < count; k++) from[start + used[k]] -= what[at + k];
  }
}

function nonZero(values: Float32Array): Int32Array {
  const found = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) found[count++] = i;
  return found.subarray(0, count);
}
