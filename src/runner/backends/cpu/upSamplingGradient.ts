/**
 * The gradient of nearest-neighbour upsampling, one example at a time.
 *
 * tfjs's cpu kernel of 4.22 steps through dy by the stride of the smaller input, so that every example but the first of
 * a batch gets another one's gradient.
 */
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, KernelFunc, TensorInfo, TypedArray } from "@tensorflow/tfjs-core";

/** Kernels that stand in place of tfjs's own. */
const ours = new WeakSet<KernelFunc>();

export function installUpSamplingGradient(): void {
  const original: KernelConfig = tf.getKernel(tf.ResizeNearestNeighborGrad, "cpu");
  if (ours.has(original.kernelFunc)) return;
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend: anyBackend }) => {
    const backend = anyBackend as MathBackendCPU;
    const { images, dy } = inputs as { images: TensorInfo; dy: TensorInfo };
    const [batch, ...exampleShape] = images.shape as [number, ...number[]];
    const size = tf.util.sizeFromShape(exampleShape);
    const dx = new Float32Array(batch * size);
    for (let i = 0; i < batch; i++) {
      const one = { images: example(backend, images, i), dy: example(backend, dy, i) };
      const result = original.kernelFunc({ inputs: one, attrs: attrs as never, backend }) as TensorInfo;
      dx.set(backend.readSync(result.dataId) as TypedArray, i * size);
      for (const info of [one.images, one.dy, result]) backend.disposeData(info.dataId, true);
    }
    return backend.makeTensorInfo(images.shape, "float32", dx);
  };
  ours.add(kernelFunc);
  tf.unregisterKernel(original.kernelName, original.backendName);
  tf.registerKernel({ ...original, kernelFunc });
}

/** A copy of one example of a batch, as a batch of one. */
function example(backend: MathBackendCPU, { dataId, shape, dtype }: TensorInfo, i: number): TensorInfo {
  const size = tf.util.sizeFromShape(shape.slice(1));
  const values = (backend.readSync(dataId) as TypedArray).slice(i * size, (i + 1) * size);
  return backend.makeTensorInfo([1, ...shape.slice(1)], dtype, values);
}
