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

/** The number that the compiled kernels know a tensor by. */
export function tensorId(backend: BackendWasm, info: TensorInfo): number {
  return backend.dataIdMap.get(info.dataId).id;
}

/** A shape as the compiled kernels read it. */
export function int32Bytes(shape: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(shape).buffer);
}

/** A tensor on a part of another's memory, `from` elements after its start. It goes by `giveBack`, before its owner. */
export function borrow(backend: BackendWasm, owner: TensorInfo, from: number, shape: number[]): TensorInfo {
  const offset = backend.getMemoryOffset(owner.dataId) + from * tf.util.bytesPerElement(owner.dtype);
  return backend.makeOutput(shape, owner.dtype, offset);
}

/** Forgets a borrowed tensor, and what XNNPACK has packed for it, without freeing the memory. */
export function giveBack(backend: BackendWasm, borrowed: TensorInfo): void {
  backend.wasm.tfjs.disposeData(tensorId(backend, borrowed));
  backend.dataIdMap.delete(borrowed.dataId);
}

type CompiledArgument = "number" | "array";

/** A function of the compiled module that returns nothing. */
export function compiledFunction(
  backend: BackendWasm,
  name: string,
  types: readonly CompiledArgument[],
): (...values: (number | Uint8Array)[]) => void {
  // tfjs's own types leave out what Emscripten adds to the module.
  const module = backend.wasm as unknown as {
    cwrap(
      name: string,
      returns: null,
      types: readonly CompiledArgument[],
    ): (...values: (number | Uint8Array)[]) => void;
  };
  return module.cwrap(name, null, types);
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
