/**
 * Convolutions with kernels of 1 x 1, and their gradients, as products of matrices: pixels by channels. TensorFlow's
 * convolution takes twice as long for them.
 */
import * as tf from "@tensorflow/tfjs-core";
import type {
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  FusedConv2DAttrs,
  Tensor,
} from "@tensorflow/tfjs-core";
import { replaceKernel } from "./kernels";
import { matMul } from "./matMul";
import type { Operations } from "./operations";

export function installPointwiseConvolution(operations: Operations): void {
  const multiply = (a: Tensor, b: Tensor, shape: number[], transposeA = false, transposeB = false): Tensor =>
    tf.tidy(() => tf.reshape(matMul(operations, asMatrix(a), asMatrix(b), transposeA, transposeB), shape));
  const convolve = (x: Tensor, filter: Tensor): Tensor =>
    multiply(x, filter, [...x.shape.slice(0, 3), filter.shape[3] as number]);

  replaceKernel<Conv2DAttrs>(tf.Conv2D, ({ x, filter }, attrs) =>
    isPointwise(filter.shape, attrs, x) ? convolve(x, filter) : undefined,
  );
  replaceKernel<FusedConv2DAttrs>(tf.FusedConv2D, ({ x, filter, bias }, attrs) =>
    attrs.activation === "linear" && (bias as Tensor | undefined) === undefined && isPointwise(filter.shape, attrs, x)
      ? convolve(x, filter)
      : undefined,
  );
  replaceKernel<Conv2DBackpropInputAttrs>(tf.Conv2DBackpropInput, ({ dy, filter }, attrs) =>
    isPointwise(filter.shape, attrs, dy) ? multiply(dy, filter, [...attrs.inputShape], false, true) : undefined,
  );
  replaceKernel<Conv2DBackpropFilterAttrs>(tf.Conv2DBackpropFilter, ({ x, dy }, attrs) =>
    isPointwise(attrs.filterShape, attrs, x) ? multiply(x, dy, [...attrs.filterShape], true) : undefined,
  );
}

/** Channels are the columns. */
function asMatrix(tensor: Tensor): Tensor {
  const channels = tensor.shape[tensor.rank - 1];
  return tf.reshape(tensor, [tensor.size / channels, channels]);
}

type Convolution = Pick<Conv2DAttrs, "strides" | "pad" | "dataFormat">;

/** Whether each output pixel is made of the input pixel at its place. */
function isPointwise(filterShape: readonly number[], { strides, pad, dataFormat }: Convolution, x: Tensor): boolean {
  return (
    filterShape[0] === 1 &&
    filterShape[1] === 1 &&
    [strides].flat().every((stride) => stride === 1) &&
    (typeof pad === "string" || pad === 0) &&
    dataFormat === "NHWC" &&
    x.dtype === "float32"
  );
}
