/**
 * Convolutions whose padding XNNPACK and tfjs understand differently.
 *
 * "same" with strides beyond the filter: XNNPACK computes a negative padding as an unsigned number, makes no operator, and
 * tfjs's kernel leaves the output as it found it: zeros, or what lay in that memory before. Those are padded here and run
 * as "valid".
 *
 * A padding in pixels with a filter or strides that are not square: tfjs computes the output's width with the numbers of
 * the height, and XNNPACK would write past its end. Those are refused.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";

const CONVOLUTIONS = [tf.Conv2D, tf.FusedConv2D, tf.DepthwiseConv2dNative, tf.FusedDepthwiseConv2D];

export function installPadding(): void {
  for (const name of CONVOLUTIONS) {
    const original = registeredKernel(name);
    const convolve = original.kernelFunc as unknown as WasmKernel;
    replaceKernel(original, ({ inputs, attrs, backend }) => {
      const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
      if (typeof attrs.pad === "number") refuseUneven(name, filter, attrs.strides);
      if (attrs.pad !== "same" || attrs.dataFormat === "NCHW") return convolve({ inputs, attrs, backend });
      const [, height, width] = x.shape as [number, number, number, number];
      const [filterHeight, filterWidth] = filter.shape as [number, number];
      const [strideY, strideX] = pair(attrs.strides);
      const [dilationY, dilationX] = pair(attrs.dilations ?? 1);
      const down = excess(height, (filterHeight - 1) * dilationY + 1, strideY);
      const across = excess(width, (filterWidth - 1) * dilationX + 1, strideX);
      if (down >= 0 && across >= 0) return convolve({ inputs, attrs, backend });

      const paddings = [[0, 0], halves(down), halves(across), [0, 0]];
      const pad = tf.getKernel(tf.PadV2, "wasm").kernelFunc as unknown as WasmKernel;
      const padded = pad({ inputs: { x }, attrs: { paddings, constantValue: 0 }, backend }) as TensorInfo;
      const out = convolve({ inputs: { ...inputs, x: padded }, attrs: { ...attrs, pad: "valid" }, backend });
      backend.disposeData(padded.dataId);
      return out;
    });
  }
}

function refuseUneven(name: string, { shape }: TensorInfo, strides: unknown): void {
  const [strideY, strideX] = pair(strides);
  if (shape[0] === shape[1] && strideY === strideX) return;
  throw new Error(
    `${name}: pixels of padding need a square filter and equal strides; use "same" or "valid", or tf.pad.`,
  );
}

function pair(value: unknown): [number, number] {
  return typeof value === "number" ? [value, value] : (value as [number, number]);
}

/** How far the windows reach beyond the input; negative where they leave some of its end. */
function excess(size: number, window: number, stride: number): number {
  return (Math.ceil(size / stride) - 1) * stride + window - size;
}

/** Padding before and after: the odd one goes behind, as TensorFlow does. */
function halves(total: number): [number, number] {
  const before = Math.floor(Math.max(0, total) / 2);
  return [before, Math.max(0, total) - before];
}
