/** The kernels of tfjs-node's backend in tfjs's registry. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import { BACKEND } from "./operations";

/** @param inputs by name; optional ones may be absent. */
export type Kernel<Attrs> = (inputs: Record<string, Tensor>, attrs: Attrs) => Tensor | Tensor[];

/** Registers a kernel that tfjs-node does not have. */
export function addKernel<Attrs>(kernelName: string, kernel: Kernel<Attrs>): void {
  const kernelFunc: KernelFunc = ({ inputs, attrs }) =>
    kernel(inputs as Record<string, Tensor>, attrs as unknown as Attrs);
  tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
}

/** @param kernel runs in place of tfjs-node's, which runs where it returns nothing. */
export function replaceKernel<Attrs>(
  kernelName: string,
  kernel: (...args: Parameters<Kernel<Attrs>>) => Tensor | Tensor[] | undefined,
): void {
  const original = tf.getKernel(kernelName, BACKEND) as KernelConfig | undefined;
  if (!original) throw new Error(`tfjs-node has no kernel ${kernelName}.`);
  tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    ...original,
    kernelFunc: (args) =>
      kernel(args.inputs as Record<string, Tensor>, args.attrs as unknown as Attrs) ?? original.kernelFunc(args),
  });
}
