/**
 * Convolutions and their gradients as matrix products of patches, with kernels.as.
 *
 * tfjs's wasm backend has the convolution by XNNPACK (29 GFLOP/s where this reaches 50) and its gradient by the input as a
 * plain loop. The gradients by the kernel, and those of depthwise convolutions, it has not at all.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { addKernel, registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";
import { lentKernel } from "./lend";
import { type ConvInfo, kernels } from "./kernels";
import { UPPER_BOUNDS } from "./matMul";

type Shape4D = [number, number, number, number];

interface Attrs {
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dataFormat?: "NHWC" | "NCHW";
  dilations?: number | [number, number];
  dimRoundingMode?: "floor" | "round" | "ceil";
  inputShape: Shape4D;
  filterShape: Shape4D;
  activation?: string;
}

/** The sizes of a convolution, or undefined for channels first, which is left to others. */
function convolution(attrs: unknown, x: number[], filter: number[], depthwise = false): ConvInfo | undefined {
  const { strides, pad, dataFormat = "NHWC", dilations = 1, dimRoundingMode } = attrs as Attrs;
  if (dataFormat !== "NHWC") return undefined;
  const shapes = [x as Shape4D, filter as Shape4D] as const;
  return tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, dimRoundingMode, depthwise);
}

export function installConvolutions(): void {
  const forward = registeredKernel(tf.Conv2D);
  const conv2D = forward.kernelFunc as unknown as WasmKernel;
  replaceKernel(forward, (args) => {
    const { x, filter } = args.inputs as { x: TensorInfo; filter: TensorInfo };
    const info = convolution(args.attrs, x.shape, filter.shape);
    return info ? kernels(args.backend).convolution(x, filter, info) : conv2D(args);
  });

  const fusedForward = registeredKernel(tf.FusedConv2D);
  const fusedConv2D = fusedForward.kernelFunc as unknown as WasmKernel;
  replaceKernel(fusedForward, (args) => {
    const { x, filter } = args.inputs as { x: TensorInfo; filter: TensorInfo };
    const { bias, preluActivationWeights } = args.inputs as Record<string, TensorInfo | undefined>;
    const info = convolution(args.attrs, x.shape, filter.shape);
    const most = UPPER_BOUNDS[(args.attrs as unknown as Attrs).activation ?? "linear"];
    const usual = bias && !preluActivationWeights && tf.util.sizeFromShape(bias.shape) === info?.outChannels;
    if (!info || !usual || most === undefined) return fusedConv2D(args);
    const out = kernels(args.backend).convolution(x, filter, info);
    kernels(args.backend).addBias(out, bias, most ?? undefined);
    return out;
  });

  const byInput = registeredKernel(tf.Conv2DBackpropInput);
  const inputLoop = byInput.kernelFunc as unknown as WasmKernel;
  replaceKernel(byInput, (args) => {
    const { dy, filter } = args.inputs as { dy: TensorInfo; filter: TensorInfo };
    const info = convolution(args.attrs, (args.attrs as unknown as Attrs).inputShape, filter.shape);
    return info ? kernels(args.backend).convolutionInputGradient(dy, filter, info) : inputLoop(args);
  });

  const kernelLoop = lentKernel(tf.Conv2DBackpropFilter);
  addKernel(tf.Conv2DBackpropFilter, (args) => {
    const { x, dy } = args.inputs as { x: TensorInfo; dy: TensorInfo };
    const info = convolution(args.attrs, x.shape, (args.attrs as unknown as Attrs).filterShape);
    return info ? kernels(args.backend).convolutionKernelGradient(x, dy, info) : kernelLoop(args);
  });

  addKernel(tf.DepthwiseConv2dNativeBackpropInput, ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const info = convolution(attrs, (attrs as unknown as Attrs).inputShape, filter.shape, true);
    if (!info) throw new Error("A depthwise convolution takes channels last.");
    return kernels(backend).depthwiseInputGradient(dy, filter, info);
  });
  addKernel(tf.DepthwiseConv2dNativeBackpropFilter, ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const info = convolution(attrs, x.shape, (attrs as unknown as Attrs).filterShape, true);
    if (!info) throw new Error("A depthwise convolution takes channels last.");
    return kernels(backend).depthwiseKernelGradient(x, dy, info);
  });
}
