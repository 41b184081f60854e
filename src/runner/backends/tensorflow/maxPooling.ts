/**
 * Max pooling and its gradient by oneDNN's operations, where libtensorflow has them. TensorFlow takes them for graphs
 * only: its own gradient, which runs otherwise, looks for every maximum again, one number at a time.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { MaxPoolAttrs, MaxPoolGradAttrs, Tensor } from "@tensorflow/tfjs-core";
import { MAX_POOL, MAX_POOL_GRADIENT, installMaxPoolingLayer } from "../maxPooling";
import { addKernel, replaceKernel } from "./kernels";
import { type Attribute, type Operations, takesOneDnn } from "./operations";

const FORWARD = "_MklNativeMaxPool";
const GRADIENT = "_MklNativeMaxPoolGrad";

/** Replaces both kernels and has the layer keep the places, if the operations can be run here. */
export function installMaxPooling(operations: Operations): void {
  if (!takesOneDnn() || !canRun(operations)) return;
  replaceKernel<MaxPoolAttrs>(tf.MaxPool, ({ x }, attrs) => {
    const attributes = attributesFor(operations, x, attrs);
    return attributes && tf.tidy(() => pool(operations, attributes, x)[0]);
  });
  replaceKernel<MaxPoolGradAttrs>(tf.MaxPoolGrad, ({ dy, input }, attrs) => {
    const attributes = attributesFor(operations, input, attrs);
    if (!attributes) return undefined;
    return tf.tidy(() => {
      // Pooling again is quick: nothing need be kept from the first time.
      const [output, places] = pool(operations, attributes, input);
      return operations.run(GRADIENT, attributes, [input, output, dy, places])[0];
    });
  });
  addKernel<MaxPoolAttrs>(MAX_POOL, ({ x }, attrs) => pool(operations, layerAttributes(operations, x, attrs), x));
  addKernel<MaxPoolAttrs>(
    MAX_POOL_GRADIENT,
    ({ dy, x, y, saved }, attrs) =>
      operations.run(GRADIENT, layerAttributes(operations, x, attrs), [x, y, dy, saved])[0],
  );
  installMaxPoolingLayer();
}

/** @returns the maxima, and where they were. */
function pool(operations: Operations, attributes: Attribute[], x: Tensor): [Tensor, Tensor] {
  return operations.run(FORWARD, attributes, [x], 2) as [Tensor, Tensor];
}

/** A layer pads in no other way than the operations do. */
function layerAttributes(operations: Operations, x: Tensor, attrs: MaxPoolAttrs): Attribute[] {
  const attributes = attributesFor(operations, x, attrs);
  if (!attributes) throw new Error(`oneDNN does not pool ${x.dtype} with padding ${JSON.stringify(attrs.pad)}.`);
  return attributes;
}

/** Undefined where the operations do not pool like this. */
function attributesFor(
  operations: Operations,
  x: Tensor,
  { filterSize, strides, pad, dimRoundingMode }: MaxPoolAttrs,
): Attribute[] | undefined {
  const shape = x.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const padding = info.padInfo.type;
  if (x.dtype !== "float32" || (padding !== "VALID" && padding !== "SAME")) return undefined;
  return attributesOf(
    operations,
    [info.filterHeight, info.filterWidth],
    [info.strideHeight, info.strideWidth],
    padding,
  );
}

function attributesOf(
  operations: Operations,
  window: readonly [number, number],
  strides: readonly [number, number],
  padding: "VALID" | "SAME",
): Attribute[] {
  return [
    operations.float32,
    operations.ints("ksize", [1, ...window, 1]),
    operations.ints("strides", [1, ...strides, 1]),
    operations.text("padding", padding),
    operations.text("data_format", "NHWC"),
    operations.oneDnnKernel(),
  ];
}

/** Whether this libtensorflow has the operations, for where the tensors are. */
function canRun(operations: Operations): boolean {
  return tf.tidy(() => {
    const attributes = attributesOf(operations, [2, 2], [2, 2], "VALID");
    const x = tf.zeros([1, 2, 2, 1]);
    try {
      const [output, places] = pool(operations, attributes, x);
      operations.run(GRADIENT, attributes, [x, output, output, places]);
      return true;
    } catch {
      return false;
    }
  });
}
