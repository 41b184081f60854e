/** Sums and means over leading axes, as the gradient of a bias wants: tfjs's kernel transposes a copy of the tensor first. */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { floats, registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";
import { kernels } from "./kernels";

export function installSums(): void {
  replaceReduction(tf.Sum, false);
  replaceReduction(tf.Mean, true);
}

function replaceReduction(name: string, mean: boolean): void {
  const original = registeredKernel(name);
  const slow = original.kernelFunc as unknown as WasmKernel;
  replaceKernel(original, (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { axis, keepDims } = args.attrs as { axis: number | number[]; keepDims: boolean };
    const axes = tf.util.parseAxisParam(axis, x.shape);
    const leading = axes.length < x.shape.length && axes.every((value, i) => value === i);
    const size = tf.util.sizeFromShape(x.shape);
    if (!leading || x.dtype !== "float32" || size === 0) return slow(args);
    const kept = x.shape.slice(axes.length);
    const shape = keepDims ? [...axes.map(() => 1), ...kept] : kept;
    const columns = tf.util.sizeFromShape(kept);
    const out = kernels(args.backend).columnSums(x, shape, columns);
    if (mean) {
      const [values, rows] = [floats(args.backend, out), size / columns];
      for (let i = 0; i < values.length; i++) values[i] = values[i] / rows;
    }
    return out;
  });
}
