/**
 * Kernels that tfjs's wasm backend lacks, lent by its cpu backend: inputs and outputs are copied between the two.
 *
 * Slow, but a model that needs one trains and is right. Who needs one reads so once on stderr.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { quietCpuBackend } from "../cpu";
import { addKernel } from "./heap";
import type { BackendWasm, WasmKernel } from "./heap";

/** Lends every kernel that the cpu backend has and wasm has not. */
export function lendCpuKernels(): void {
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (!tf.getKernel(kernelName, "wasm")) addKernel(kernelName, lentKernel(kernelName));
  }
}

/** A kernel of the cpu backend for tensors of the wasm backend. */
export function lentKernel(kernelName: string, warn: (message: string) => void = console.warn): WasmKernel {
  const { kernelFunc } = tf.getKernel(kernelName, "cpu");
  let warned = false;
  return ({ inputs, attrs, backend }) => {
    if (!warned) warn(`${kernelName} is computed in plain JavaScript: the wasm backend has no such operation.`);
    warned = true;
    const cpu = quietCpuBackend();
    const copies: TensorInfo[] = [];
    const copy = (info: TensorInfo): TensorInfo => {
      if (info.dtype === "complex64") throw new Error(`${kernelName} of complex numbers needs --backend cpu.`);
      const dataId = cpu.write(backend.readSync(info.dataId), info.shape, info.dtype);
      const made = { dataId, shape: info.shape, dtype: info.dtype };
      copies.push(made);
      return made;
    };
    // A kernel of any number of inputs takes an array; optional inputs may be missing.
    const onCpu = Object.entries<TensorInfo | undefined>(inputs).map(
      ([name, info]) => [name, info && copy(info)] as const,
    );
    const cpuInputs = Array.isArray(inputs) ? onCpu.map(([, info]) => info) : Object.fromEntries(onCpu);
    try {
      const outputs = kernelFunc({
        inputs: cpuInputs as Record<string, TensorInfo>,
        attrs: attrs as never,
        backend: cpu,
      });
      const back = [outputs].flat().map((info) => take(info, cpu, backend));
      return Array.isArray(outputs) ? back : back[0];
    } finally {
      for (const { dataId } of copies) cpu.disposeData(dataId, true);
    }
  };
}

/** Moves a result to the wasm heap. It may share its data with an input, which is freed by force afterwards. */
function take(info: TensorInfo, cpu: MathBackendCPU, wasm: BackendWasm): TensorInfo {
  if (info.dtype === "complex64") throw new Error("Complex numbers need --backend cpu.");
  const values = cpu.readSync(info.dataId);
  const out = wasm.makeOutput(info.shape, info.dtype, undefined, values);
  cpu.disposeData(info.dataId);
  return out;
}
