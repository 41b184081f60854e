/**
 * Convolution with a bias by oneDNN's operation, where libtensorflow has it, and the bias's gradient: TensorFlow makes
 * one operation of both in graphs only. Adding a vector by channel takes as long as the convolution.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { SumAttrs, Tensor } from "@tensorflow/tfjs-core";
import process from "node:process";
import { BIASED_CONVOLUTION, type BiasedConvolutionAttrs, installBiasedConvolution } from "../biasedConvolution";
import { addKernel, replaceKernel } from "./kernels";
import type { Operations } from "./operations";

/** Registers the kernel if it can be run here, and has the layer use it. */
export function installBiasedConvolutionKernel(operations: Operations): void {
  replaceKernel<SumAttrs>(tf.Sum, ({ x }, { axis, keepDims }) =>
    !keepDims && isByChannel(x, axis)
      ? operations.run("BiasAddGrad", [operations.float32, nhwc(operations)], [x])[0]
      : undefined,
  );
  // As TensorFlow reads it.
  if (process.env["TF_ENABLE_ONEDNN_OPTS"] === "0" || !canRun(operations)) return;
  addKernel<BiasedConvolutionAttrs>(BIASED_CONVOLUTION, ({ x, filter, bias }, attrs) =>
    convolve(operations, x, filter, bias, attrs),
  );
  installBiasedConvolution();
}

/** Over all axes but the last, of which there are some. */
function isByChannel(x: Tensor, axis: number | number[]): boolean {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  return x.dtype === "float32" && x.rank > 1 && axes.length === x.rank - 1 && !axes.includes(x.rank - 1);
}

function convolve(
  operations: Operations,
  x: Tensor,
  filter: Tensor,
  bias: Tensor,
  { strides, pad }: BiasedConvolutionAttrs,
): Tensor {
  const attributes = [
    operations.float32,
    operations.ints("strides", [1, ...strides, 1]),
    operations.text("padding", pad.toUpperCase()),
    nhwc(operations),
    operations.ints("dilations", [1, 1, 1, 1]),
    // What such kernels are registered under.
    operations.text("_kernel", "MklNameChangeOp"),
  ];
  return operations.run("_MklNativeConv2DWithBias", attributes, [x, filter, bias])[0];
}

function nhwc(operations: Operations): ReturnType<Operations["text"]> {
  return operations.text("data_format", "NHWC");
}

/** Whether this libtensorflow has the operation, for where the tensors are. */
function canRun(operations: Operations): boolean {
  return tf.tidy(() => {
    const [x, filter, bias] = [tf.ones([1, 2, 2, 1]), tf.ones([2, 2, 1, 1]), tf.ones([1])];
    try {
      return convolve(operations, x, filter, bias, { strides: [1, 1], pad: "valid" }).dataSync()[0] === 5;
    } catch {
      return false;
    }
  });
}
