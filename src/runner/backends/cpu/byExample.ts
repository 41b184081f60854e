/** Kernels of tfjs's cpu backend that are right for a batch of one, called for one example at a time. */
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, KernelFunc, TensorInfo, TypedArray } from "@tensorflow/tfjs-core";

/** Kernels that stand in place of tfjs's own. */
const ours = new WeakSet<KernelFunc>();

/** Calls a kernel for each example of its inputs. An input of one row is every example's. */
export function installByExample(kernelName: string): void {
  const original: KernelConfig = tf.getKernel(kernelName, "cpu");
  if (ours.has(original.kernelFunc)) return;
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend: anyBackend }) => {
    const backend = anyBackend as MathBackendCPU;
    const batch = Math.max(...Object.values(inputs).map((info) => info?.shape[0] ?? 1));
    const results: TypedArray[] = [];
    let shape: number[] = [];
    for (let i = 0; i < batch; i++) {
      const one = Object.fromEntries(
        Object.entries(inputs).flatMap(([name, info]) => (info ? [[name, example(backend, info, i)]] : [])),
      );
      const result = original.kernelFunc({ inputs: one, attrs: attrs as never, backend }) as TensorInfo;
      results.push((backend.readSync(result.dataId) as TypedArray).slice());
      shape = result.shape;
      for (const info of [...Object.values(one), result]) backend.disposeData(info.dataId, true);
    }
    const all = new Float32Array(results.reduce((sum, { length }) => sum + length, 0));
    results.forEach((values, i) => all.set(values, i * values.length));
    return backend.makeTensorInfo([batch, ...shape.slice(1)], "float32", all);
  };
  ours.add(kernelFunc);
  tf.unregisterKernel(original.kernelName, original.backendName);
  tf.registerKernel({ ...original, kernelFunc });
}

/** A copy of one example of a batch, as a batch of one. */
function example(backend: MathBackendCPU, { dataId, shape, dtype }: TensorInfo, i: number): TensorInfo {
  const size = tf.util.sizeFromShape(shape.slice(1));
  const row = shape[0] === 1 ? 0 : i;
  const values = (backend.readSync(dataId) as TypedArray).slice(row * size, (row + 1) * size);
  return backend.makeTensorInfo([1, ...shape.slice(1)], dtype, values);
}
