/** Batch normalization by TensorFlow's own operations: in training fused ones, in inference two passes. */
import * as tf from "@tensorflow/tfjs-core";
import type { FusedBatchNormAttrs, Tensor } from "@tensorflow/tfjs-core";
import {
  BATCH_NORMALIZATION,
  BATCH_NORMALIZATION_GRADIENT,
  type BatchNormalizationAttrs,
  installBatchNormalization,
} from "../batchNormalization";
import { addKernel, replaceKernel } from "./kernels";
import type { Attribute, Operations } from "./operations";

/** Registers the kernels, and has tfjs's layer use them. */
export function installBatchNormalizationKernels(operations: Operations): void {
  const attributesOf = ({ epsilon }: BatchNormalizationAttrs): Attribute[] => [
    operations.float32,
    operations.type("U"),
    operations.float("epsilon", epsilon),
    operations.text("data_format", "NHWC"),
    operations.bool("is_training", true),
  ];
  addKernel<BatchNormalizationAttrs>(BATCH_NORMALIZATION, ({ x, scale, offset }, attrs) => {
    // In training it takes no mean and variance.
    const none = tf.zeros([0]);
    const inputs = [asPictures(x), scale, offset, none, none];
    const outputs = operations.run("FusedBatchNormV3", attributesOf(attrs), inputs, 6);
    const [normalized, mean, unbiased, ...asked] = outputs as [Tensor, Tensor, Tensor, ...Tensor[]];
    const count = x.size / scale.size;
    const variance = tf.mul(unbiased, Math.max(1, count - 1) / count);
    return [tf.reshape(normalized, x.shape), mean, variance, ...asked];
  });
  addKernel<BatchNormalizationAttrs>(BATCH_NORMALIZATION_GRADIENT, ({ dy, x, scale, ...saved }, attrs) => {
    const inputs = [asPictures(dy), asPictures(x), scale, ...Object.values(saved)];
    const outputs = operations.run("FusedBatchNormGradV3", attributesOf(attrs), inputs, 5);
    const [dx, dScale, dOffset] = outputs as [Tensor, Tensor, Tensor];
    return [tf.reshape(dx, x.shape), dScale, dOffset];
  });
  // TensorFlow's fused operation takes ten times as long in inference as in training.
  replaceKernel<FusedBatchNormAttrs>(tf.FusedBatchNorm, ({ x, mean, variance, scale, offset }, { varianceEpsilon }) => {
    if (x.dtype !== "float32" || mean.rank !== 1) return undefined;
    return tf.tidy(() => {
      const deviation = tf.rsqrt(tf.add(variance, varianceEpsilon));
      const factor = isGiven(scale) ? tf.mul(deviation, scale) : deviation;
      const shift = tf.mul(mean, factor);
      return tf.add(tf.mul(x, factor), isGiven(offset) ? tf.sub(offset, shift) : tf.neg(shift));
    });
  });
  installBatchNormalization();
}

/** An optional input that is not left out. */
function isGiven(input: Tensor | null | undefined): input is Tensor {
  return input !== null && input !== undefined;
}

/** [..., channels] as [numbers, 1, 1, channels], but for pictures, which they are already. */
function asPictures(x: Tensor): Tensor {
  if (x.rank === 4) return x;
  const channels = x.shape[x.rank - 1];
  return tf.reshape(x, [x.size / channels, 1, 1, channels]);
}
