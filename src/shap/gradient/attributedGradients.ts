import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "../../protocol/ndArray";
import { tape } from "./sharedTape";

/**
 * Gradients of chosen outputs times `deltas`, summed over the rows, in inference mode. The forward pass is shared by all outputs.
 *
 * @param rows [n, ...features]. @param deltas [n, ...features]: what each gradient is multiplied with.
 * @param chosen [k]: the outputs whose gradients are wanted.
 * @returns [k, ...features].
 */
export async function attributedGradients(
  model: LayersModel,
  rows: NdArray,
  deltas: Float32Array,
  chosen: Int32Array,
  outputs: number,
): Promise<Float32Array> {
  const n = rows.shape[0];
  const features = rows.data.length / n;
  const sums = new Float32Array(chosen.length * features);
  const [x, delta] = [rows.data, deltas].map((data) => tf.tensor(data, [...rows.shape]));
  const taped = tape((input) => (model.apply(input, { training: false }) as tf.Tensor).reshape([n, outputs]), x);
  try {
    for (const [k, output] of chosen.entries()) {
      // Rows do not depend on each other, so one pass back gives each its own gradient.
      // Written here: tfjs's oneHot writes whole numbers into a float tensor on wasm, and takes no single output.
      const hot = new Float32Array(n * outputs);
      for (let row = 0; row < n; row++) hot[row * outputs + output] = 1;
      const sum = tf.tidy(() =>
        taped
          .gradient(tf.tensor2d(hot, [n, outputs]))
          .mul(delta)
          .sum(0),
      );
      try {
        sums.set(await sum.data(), k * features);
      } finally {
        sum.dispose();
      }
    }
  } finally {
    taped.dispose();
    tf.dispose([x, delta]);
  }
  return sums;
}
