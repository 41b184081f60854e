/** Dense layers and convolutions. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { dense } from "./linear";
import { type Rule, densify } from "./rule";

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
  return {
    forward([x]) {
      const product = tf.matMul(tf.reshape(x, [-1, inSize]), kernel);
      return bias ? tf.add(product, bias) : product;
    },
    backward(multipliers, chunk) {
      const { values } = densify(multipliers, chunk, outputUnits);
      return [dense(() => tf.matMul(tf.tensor2d(values, [values.length / outSize, outSize]), transposed))];
    },
    dispose: () => transposed.dispose(),
  };
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
  return {
    forward([x]) {
      const images = tf.reshape<tf.Rank.R4>(x, [-1, ...inputShape]);
      const y = tf.conv2d(images, kernel, strides, padding);
      return bias ? tf.add(y, bias) : y;
    },
    backward(multipliers, chunk) {
      const { values } = densify(multipliers, chunk, tf.util.sizeFromShape(outputShape));
      const rows = values.length / tf.util.sizeFromShape(outputShape);
      return [
        dense(() =>
          tf.conv2dTranspose(
            tf.tensor4d(values, [rows, ...outputShape]),
            kernel,
            [rows, ...inputShape],
            strides,
            padding,
          ),
        ),
      ];
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
