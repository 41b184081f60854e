/** The gradient of relu by TensorFlow's own operation, where tfjs-node composes it of many: one pass over the tensor. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import { ABOVE_0, BOUNDED_GRADIENT, type Bounds, installBoundedGradients } from "../boundedGradient";
import { BACKEND, type Operations } from "./operations";

/** Registers it, and has relu and clipping use it. */
export function installBoundedGradient(operations: Operations): void {
  const kernel = ({ inputs, attrs }: { inputs: object; attrs: object }): Tensor => {
    const { x, dy } = inputs as { x: Tensor; dy: Tensor };
    const { low, high } = attrs as Bounds;
    if (low === ABOVE_0.low && high === ABOVE_0.high) {
      return operations.run("ReluGrad", [operations.float32], [dy, x])[0];
    }
    return tf.tidy(() => {
      const within = tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high));
      return tf.where(within, dy, tf.zerosLike(dy));
    });
  };
  tf.registerKernel({
    kernelName: BOUNDED_GRADIENT,
    backendName: BACKEND,
    kernelFunc: kernel as unknown as KernelFunc,
  });
  installBoundedGradients();
}
