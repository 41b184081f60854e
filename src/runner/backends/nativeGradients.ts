/** TensorFlow's own gradient operations, where tfjs-node composes a gradient of many: one pass over the tensor each. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { ABOVE_0, BOUNDED_GRADIENT, type Bounds, installBoundedGradients } from "./boundedGradient";

const BACKEND = "tensorflow";

/** The part of tfjs-node's backend that runs operations of TensorFlow by name. */
interface Executor {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number };
  executeSingleOutput(
    name: string,
    attributes: { name: string; type: number; value: number }[],
    inputs: Tensor[],
  ): TensorInfo;
}

/** Registers them once. A backend that is no tfjs-node's is left alone. */
export function installNativeGradients(): void {
  const executor = tf.findBackend(BACKEND) as unknown as Partial<Executor>;
  const registered: unknown = tf.getKernel(BOUNDED_GRADIENT, BACKEND);
  if (!executor.executeSingleOutput || registered !== undefined) return;
  const kernel = ({ inputs, attrs, backend }: { inputs: object; attrs: object; backend: unknown }): TensorInfo => {
    const { x, dy } = inputs as { x: Tensor; dy: Tensor };
    const { low, high } = attrs as Bounds;
    if (low === ABOVE_0.low && high === ABOVE_0.high) return execute(backend as Executor, "ReluGrad", [dy, x]);
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

function execute(backend: Executor, name: string, inputs: Tensor[]): TensorInfo {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  return backend.executeSingleOutput(name, [{ name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT }], inputs);
}
