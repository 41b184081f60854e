/** The gradients of relu and relu6 by TensorFlow's own operations, where tfjs-node composes them of many: one pass over the tensor. */
import * as tf from "@tensorflow/tfjs-core";
import { ABOVE_0, ABOVE_0_TO_6, BOUNDED_GRADIENT, type Bounds, installBoundedGradients } from "../boundedGradient";
import { addKernel } from "./kernels";
import type { Operations } from "./operations";

/** Registers it, and has relu and clipping use it. */
export function installBoundedGradient(operations: Operations): void {
  addKernel<Bounds>(BOUNDED_GRADIENT, ({ x, dy }, { low, high }) => {
    if (low === ABOVE_0.low && high === ABOVE_0.high) {
      return operations.run("ReluGrad", [operations.float32], [dy, x])[0];
    }
    // It lets nothing through at 6 itself, where tfjs does.
    if (low === ABOVE_0_TO_6.low && high === ABOVE_0_TO_6.high) {
      return operations.run("Relu6Grad", [operations.float32], [dy, x])[0];
    }
    return tf.tidy(() => {
      const within = tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high));
      return tf.where(within, dy, tf.zerosLike(dy));
    });
  });
  installBoundedGradients();
}
