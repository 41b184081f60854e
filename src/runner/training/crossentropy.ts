/**
 * The crossentropy of class probabilities with a gradient in closed form: tfjs's own, derived operation by operation,
 * runs three times as many, and each step pays for them.
 */
import * as tf from "@tensorflow/tfjs-core";

/**
 * What tfjs's and Keras's `categoricalCrossentropy` computes: -sum(t * log(clip(o / sum(o)))) over the last axis.
 * Differentiable by the outputs, not by the targets.
 *
 * @param target [..., classes]. @param output [..., classes], probabilities up to a factor.
 * @returns [...].
 */
export function categoricalCrossentropy(target: tf.Tensor, output: tf.Tensor): tf.Tensor {
  const epsilon = tf.backend().epsilon();
  const loss = tf.customGrad((...args) => {
    const save = args.pop() as (tensors: tf.Tensor[]) => void;
    const [output] = args as tf.Tensor[];
    const targets = tf.cast(target, "float32");
    const total = tf.sum(output, -1, true);
    const share = tf.div(output, total);
    const clipped = tf.clipByValue(share, epsilon, 1 - epsilon);
    save([targets, total, share, clipped]);
    const value = tf.neg(tf.sum(tf.mul(targets, tf.log(clipped)), -1));
    const gradFunc = (dy: tf.Tensor, [targets, total, share, clipped]: tf.Tensor[]): tf.Tensor => {
      // By the shares [..., classes]: -t / share, where it was not clipped.
      const within = tf.equal(share, clipped);
      const byShare = tf.mul(tf.div(targets, clipped), tf.cast(within, "float32"));
      // By the outputs: (sum(t / share * share) - t / share) / total.
      const mean = tf.sum(tf.mul(byShare, share), -1, true);
      return tf.mul(tf.div(tf.sub(mean, byShare), total), tf.expandDims(dy, -1));
    };
    return { value, gradFunc };
  });
  return loss(output);
}
