import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "../../protocol/ndArray";

/**
 * Gradients of chosen outputs with respect to the rows, in inference mode.
 *
 * @param rows [n, ...features]. @param chosen [n, k]: the outputs of each row whose gradients are wanted.
 * @returns [k, n, ...features].
 */
export async function outputGradients(
  model: LayersModel,
  rows: NdArray,
  chosen: Int32Array,
  outputs: number,
): Promise<Float32Array> {
  const n = rows.shape[0];
  const each = chosen.length / n;
  const gradients = new Float32Array(each * rows.data.length);
  const x = tf.tensor(rows.data, [...rows.shape]);
  const gradient = tf.grad((input) => (model.apply(input, { training: false }) as tf.Tensor).reshape([n, outputs]));
  try {
    for (let k = 0; k < each; k++) {
      // Rows do not depend on each other, so one pass back gives each its own gradient.
      // Written here: tfjs's oneHot writes whole numbers into a float tensor on wasm, and takes no single output.
      const hot = new Float32Array(n * outputs);
      for (let row = 0; row < n; row++) hot[row * outputs + chosen[row * each + k]] = 1;
      const answer = tf.tidy(() => gradient(x, tf.tensor2d(hot, [n, outputs])));
      try {
        gradients.set(await answer.data(), k * rows.data.length);
      } finally {
        answer.dispose();
      }
    }
  } finally {
    x.dispose();
  }
  return gradients;
}
