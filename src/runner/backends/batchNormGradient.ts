/**
 * The gradient of batch normalization by channel in five passes over the tensor; tfjs's makes a dozen, with a tiled copy of
 * the variance.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { GradConfig, Tensor } from "@tensorflow/tfjs-core";

let installed = false;

/**
 * Puts the gradient in the place of tfjs's, once, for every backend.
 *
 * y = (x - mean) r scale + offset with r = 1 / sqrt(variance + epsilon), all but x by channel, so with sums over the rest
 * every gradient but that by x follows from sum(dy) and sum(dy (x - mean)). (Ioffe and Szegedy 2015, section 3.)
 */
export function installBatchNormGradient(): void {
  if (installed) return;
  installed = true;
  const original: GradConfig = tf.getGradient(tf.FusedBatchNorm);
  tf.unregisterGradient(tf.FusedBatchNorm);
  tf.registerGradient({
    ...original,
    gradFunc: (dyOrAll, saved, attrs) => {
      const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor?];
      if (mean.rank !== 1) return original.gradFunc(dyOrAll, saved, attrs);
      const dy = dyOrAll as Tensor;
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      const r = tf.rsqrt(tf.add(variance, attrs["varianceEpsilon"] as number));
      const factor = scale ? tf.mul(r, scale) : r;
      const sum = tf.sum(dy, axes);
      const product = tf.sum(tf.mul(dy, tf.sub(x, mean)), axes);
      return {
        x: () => tf.mul(dy, factor),
        mean: () => tf.neg(tf.mul(sum, factor)),
        variance: () => tf.mul(tf.mul(product, factor), tf.mul(tf.square(r), -0.5)),
        scale: () => tf.mul(product, r),
        offset: () => sum,
      };
    },
  });
}
