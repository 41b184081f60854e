/** Batch normalization by channel, with kernels.as: tfjs's wasm kernel takes one number at a time. */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { floats, registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";
import { kernels } from "./kernels";

export function installBatchNorm(): void {
  const original = registeredKernel(tf.FusedBatchNorm);
  const slow = original.kernelFunc as unknown as WasmKernel;
  replaceKernel(original, (args) => {
    const { x, mean, variance } = args.inputs as Record<"x" | "mean" | "variance", TensorInfo>;
    const { scale, offset } = args.inputs as Partial<Record<"scale" | "offset", TensorInfo>>;
    const { varianceEpsilon } = args.attrs as { varianceEpsilon: number };
    const channels = x.shape.at(-1) ?? 0;
    const parameters = [mean, variance, scale, offset].filter((tensor) => tensor !== undefined);
    const byChannel = parameters.every(({ shape }) => shape.length === 1 && shape[0] === channels);
    if (!byChannel || tf.util.sizeFromShape(x.shape) === 0) return slow(args);
    const { backend } = args;
    const [factors, offsets] = [backend.makeOutput([channels], "float32"), backend.makeOutput([channels], "float32")];
    const [factor, shift] = [floats(backend, factors), floats(backend, offsets)];
    const [variances, scales] = [floats(backend, variance), scale && floats(backend, scale)];
    for (let i = 0; i < channels; i++) factor[i] = (scales?.[i] ?? 1) / Math.sqrt(variances[i] + varianceEpsilon);
    if (offset) shift.set(floats(backend, offset));
    else shift.fill(0);
    const out = kernels(backend).normalize(x, mean, factors, offsets);
    for (const { dataId } of [factors, offsets]) backend.disposeData(dataId);
    return out;
  });
}
