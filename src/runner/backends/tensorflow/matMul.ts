/** Products of two matrices by TensorFlow's `MatMul`: tfjs-node takes `BatchMatMulV2`, which is slower for a batch of one. */
import * as tf from "@tensorflow/tfjs-core";
import type { BatchMatMulAttrs, Tensor } from "@tensorflow/tfjs-core";
import { replaceKernel } from "./kernels";
import type { Operations } from "./operations";

export function installMatMul(operations: Operations): void {
  replaceKernel<BatchMatMulAttrs>(tf.BatchMatMul, ({ a, b }, { transposeA, transposeB }) => {
    if (!isMatrix(a) || !isMatrix(b)) return undefined;
    const rank = Math.max(a.rank, b.rank);
    return tf.tidy(() => {
      const product = matMul(operations, asMatrix(a), asMatrix(b), transposeA, transposeB);
      return rank === 2 ? product : tf.reshape(product, [1, ...product.shape]);
    });
  });
}

/** A float32 matrix, perhaps as a batch of one. */
function isMatrix({ rank, shape, dtype }: Tensor): boolean {
  return dtype === "float32" && (rank === 2 || (rank === 3 && shape[0] === 1));
}

function asMatrix(tensor: Tensor): Tensor {
  return tensor.rank === 2 ? tensor : tf.reshape(tensor, tensor.shape.slice(1));
}

/** @param a [m, k], or [k, m] where it is transposed. @param b [k, n], or [n, k]. @returns [m, n]. */
export function matMul(operations: Operations, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const attributes = [
    operations.float32,
    operations.bool("transpose_a", transposeA),
    operations.bool("transpose_b", transposeB),
  ];
  return operations.run("MatMul", attributes, [a, b])[0];
}
