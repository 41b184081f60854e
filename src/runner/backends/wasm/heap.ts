/** Access to the memory of tfjs's wasm backend, for kernels written here. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";

export type { BackendWasm };

/** What every kernel of this backend is called with. */
export interface WasmKernelArguments {
  inputs: Record<string, TensorInfo>;
  attrs: Record<string, unknown>;
  backend: BackendWasm;
}
export type WasmKernel = (args: WasmKernelArguments) => TensorInfo | TensorInfo[];

/**
 * A tensor's floats, in place. Any allocation may grow the heap and so detach the view: allocate first, then look.
 */
export function floats(backend: BackendWasm, info: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(info) as Float32Array;
}

/** The config registered for a kernel of this backend. */
export function registeredKernel(kernelName: string): KernelConfig {
  const config = tf.getKernel(kernelName, "wasm") as KernelConfig | undefined;
  if (!config) throw new Error(`The wasm backend has no kernel ${kernelName}.`);
  return config;
}

/** Puts another function in a kernel's place. Its own set-up is kept: the new function may call the old one. */
export function replaceKernel(config: KernelConfig, kernel: WasmKernel): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel({ ...config, kernelFunc: kernel as unknown as KernelFunc });
}

/** Registers a kernel that the backend does not have. */
export function addKernel(kernelName: string, kernel: WasmKernel): void {
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc: kernel as unknown as KernelFunc });
}
