/**
 * The gradient of average pooling where padding cuts windows short. The mean is over the numbers in the window, but the
 * gradients of tfjs's cpu, wasm and WebGPU backends share out by the window's whole size; TensorFlow's own is right.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { AvgPool3DAttrs, AvgPoolAttrs, GradConfig, Tensor } from "@tensorflow/tfjs-core";
import { BACKEND as TENSORFLOW } from "./tensorflow/operations";

/** A pooling along one axis. */
interface Axis {
  input: number;
  output: number;
  filter: number;
  stride: number;
  /** Before the first number. */
  padding: number;
}

let installed = false;

/** Mends the gradients of all backends that need it, once. */
export function installAveragePoolingGradient(): void {
  if (installed) return;
  installed = true;
  mend<AvgPoolAttrs>(tf.AvgPool, tf.AvgPoolGrad, (shape, { filterSize, strides, pad, dimRoundingMode }) => {
    const x = shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(x, filterSize, strides, 1, pad, dimRoundingMode);
    const { top, left } = info.padInfo;
    return [axisOf(info, "Height", top), axisOf(info, "Width", left)];
  });
  mend<AvgPool3DAttrs>(tf.AvgPool3D, tf.AvgPool3DGrad, (shape, { filterSize, strides, pad, dimRoundingMode }) => {
    const x = shape as [number, number, number, number, number];
    const info = tf.backend_util.computePool3DInfo(x, filterSize, strides, 1, pad, dimRoundingMode);
    const { front, top, left } = info.padInfo;
    return [axisOf(info, "Depth", front), axisOf(info, "Height", top), axisOf(info, "Width", left)];
  });
}

type Sizes<Name extends string> = Record<`${"in" | "out" | "filter" | "stride"}${Name}`, number>;

function axisOf<Name extends string>(info: Sizes<Name>, name: Name, padding: number): Axis {
  return {
    input: info[`in${name}`],
    output: info[`out${name}`],
    filter: info[`filter${name}`],
    stride: info[`stride${name}`],
    padding,
  };
}

/** @param axesOf the pooled axes of an input [batch, ...axes, channels]. */
function mend<Attrs extends object>(
  kernelName: string,
  gradientName: string,
  axesOf: (inputShape: readonly number[], attrs: Attrs) => Axis[],
): void {
  const original: GradConfig = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    ...original,
    gradFunc: (dys, [input], attrs) => {
      const cut = tf.getBackend() === TENSORFLOW ? undefined : cutWindows(axesOf(input.shape, attrs as Attrs));
      const dy = cut ? tf.mul(dys as Tensor, cut) : (dys as Tensor);
      return { x: () => tf.engine().runKernel<Tensor>(gradientName, { dy, input }, attrs) };
    },
  });
}

/** A window's whole size by how many numbers are in it, [1, ...outputs, 1]; undefined where all are whole. */
function cutWindows(axes: readonly Axis[]): Tensor | undefined {
  const factors = axes.map(({ input, output, filter, stride, padding }) =>
    Array.from({ length: output }, (_, i) => {
      const begin = i * stride - padding;
      return filter / (Math.min(input, begin + filter) - Math.max(0, begin));
    }),
  );
  if (factors.flat().every((factor) => factor === 1)) return undefined;
  return factors
    .map((factor, axis) => tf.tensor(factor, [1, ...axes.map((_, i) => (i === axis ? factor.length : 1)), 1]))
    .reduce((product, factor) => tf.mul(product, factor));
}
