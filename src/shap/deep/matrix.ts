/** Dense layers and convolutions. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { FirstLayer } from "./firstLayer";
import { dense } from "./linear";
import { type DenseMultipliers, type Rule, addDifferences, computed, densify, floats } from "./rule";
import { SparseConvolution } from "./sparse";

/**
 * y = x W + b over the last axis.
 *
 * @param kernel [in, out].
 * @param outputUnits of one row, all axes.
 */
export function matrix(kernel: Tensor2D, bias: Tensor | undefined, outputUnits: number): Rule {
  const [inSize, outSize] = kernel.shape;
  // Of these two, one is needed, and made once: [out, in], or what a first layer does instead.
  let transposed: Tensor2D | undefined;
  let firstLayer: FirstLayer | undefined;
  const rule: Rule = {
    forward([x]) {
      const product = tf.matMul(tf.reshape(x, [-1, inSize]), kernel);
      return bias ? tf.add(product, bias) : product;
    },
    async backward(multipliers, chunk) {
      const values = densify(multipliers, chunk, outputUnits);
      const back = (transposed ??= tf.keep(tf.tidy(() => tf.transpose(kernel))));
      return [await dense(() => tf.matMul(tf.tensor2d(values, [values.length / outSize, outSize]), back))];
    },
    async contribute(multipliers, chunk, inputs, sums) {
      firstLayer ??= new FirstLayer(await floats(kernel), inSize, outSize);
      const given: DenseMultipliers =
        multipliers.kind === "dense"
          ? multipliers
          : { kind: "dense", values: densify(multipliers, chunk, outputUnits) };
      firstLayer.attribute(given, chunk, inputs, sums);
    },
    dispose: () => transposed?.dispose(),
  };
  // Where a kernel serves many rows of an input (a sequence), its features are not its rows.
  if (outputUnits !== outSize) delete rule.contribute;
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
  /** Made where something was picked; its kernel is [out, height, width, in]. */
  let known: SparseConvolution | undefined;
  const sparse = async (): Promise<SparseConvolution> =>
    (known ??= new SparseConvolution(await computed(() => tf.transpose(kernel, [3, 0, 1, 2])), {
      input: inputShape,
      output: outputShape,
      kernel: [kernel.shape[0], kernel.shape[1]],
      strides,
      padding: [padInfo.top, padInfo.left],
    }));
  /** By the backend's own convolution, which is the faster where most units have something to pass on. */
  const byBackend = (values: Float32Array): Promise<DenseMultipliers> => {
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
    backward: async (multipliers, chunk) => [
      multipliers.kind === "picked"
        ? { kind: "dense", values: (await sparse()).spread(multipliers, chunk) }
        : await byBackend(densify(multipliers, chunk, outUnits)),
    ],
    async contribute(multipliers, chunk, inputs, sums) {
      if (multipliers.kind === "picked") (await sparse()).attribute(multipliers, chunk, inputs, sums);
      else {
        const { values } = await byBackend(densify(multipliers, chunk, outUnits));
        addDifferences(sums, values, chunk, inputs);
      }
    },
    dispose: () => kernel.dispose(),
  };
}

/** A dilated kernel is a larger one with zeros between its taps; tfjs has no gradient for dilation. */
export function spreadKernel(kernel: Tensor4D, [dilationY, dilationX]: [number, number]): Tensor4D {
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
