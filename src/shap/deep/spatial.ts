/** Layers on images, sequences and volumes: convolutions and pooling. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D, Tensor4D, Tensor5D } from "@tensorflow/tfjs-core";
import { byGradient, linearMap, permuted } from "./linear";
import { convolution, spreadKernel } from "./matrix";
import { averagePool, maxPool, type Pooling, type Volume } from "./pooling";
import type { Rule } from "./rule";
import { bias, type Layer, unsupported, type Use, weight } from "./use";

/** The rules of a layer whose channels are last, each with an output of the layer's output shape. */
type RulesOf = (use: Use) => Rule[];

/** Where the channels come first, they are put last, and back again; so does tfjs-layers. @returns the output's array. */
export function channelsLast(use: Use, rulesOf: RulesOf): number {
  const { graph, inputs, outputShape } = use;
  if (use.config["dataFormat"] !== "channelsFirst") return graph.chain(rulesOf(use), inputs, outputShape);
  const [shape] = use.inputShapes;
  const toLast = [...shape.slice(1).map((_, i) => i + 1), 0];
  const swapped = toLast.map((axis) => shape[axis]);
  const input = graph.add(permuted(toLast, shape), inputs, swapped);
  // Global pooling leaves channels only.
  const flat = outputShape.length === 1;
  const inner = flat ? outputShape : toLast.map((axis) => outputShape[axis]);
  const y = graph.chain(rulesOf({ ...use, inputShapes: [swapped], outputShape: inner }), [input], inner);
  const toFirst = [shape.length - 1, ...shape.slice(1).map((_, i) => i)];
  return flat ? y : graph.add(permuted(toFirst, inner), [y], outputShape);
}

const pair = (value: unknown): [number, number] =>
  Array.isArray(value) ? [value[0] as number, value[1] as number] : [value as number, value as number];
const triple = (value: unknown): [number, number, number] =>
  Array.isArray(value)
    ? [value[0] as number, value[1] as number, value[2] as number]
    : [value as number, value as number, value as number];
const single = (value: unknown): number => (Array.isArray(value) ? (value[0] as number) : (value as number));
const image = (shape: number[]): [number, number, number] => [shape[0], shape[1], shape[2]];
/** A sequence [steps, channels] as an image of height 1. */
const strip = (shape: number[]): [number, number, number] => [1, shape[0], shape[1]];
const padding = ({ config }: Use): "same" | "valid" => (config["padding"] === "same" ? "same" : "valid");
const withBias = (layer: Layer, y: Tensor): Tensor => {
  const added = bias(layer);
  return added ? tf.add(y, added) : y;
};

/** A convolution without the layer's activation. */
export function conv2d(use: Use): Rule {
  return convolution({
    kernel: weight<Tensor4D>(use.layer, "kernel"),
    bias: bias(use.layer),
    ...geometry(use),
  });
}

/** Where a two-dimensional convolution reads and writes. */
export function geometry(use: Pick<Use, "config" | "inputShapes" | "outputShape">) {
  const { config } = use;
  return {
    inputShape: image(use.inputShapes[0]),
    outputShape: image(use.outputShape),
    strides: pair(config["strides"] ?? 1),
    padding: config["padding"] === "same" ? ("same" as const) : ("valid" as const),
    dilation: pair(config["dilationRate"] ?? 1),
  };
}

export function conv1d(use: Use): Rule {
  const { config, layer } = use;
  // tfjs-layers reads these settings and cannot compute them.
  if (config["padding"] === "causal") throw unsupported(layer, "its padding is causal, which tfjs cannot compute");
  // Its configuration leaves this one out.
  if ("dataFormat" in layer && layer.dataFormat === "channelsFirst") {
    throw unsupported(layer, "its channels come first, which tfjs computes wrongly in one dimension");
  }
  return convolution({
    kernel: tf.expandDims<Tensor4D>(weight<Tensor3D>(layer, "kernel"), 0),
    bias: bias(layer),
    inputShape: strip(use.inputShapes[0]),
    outputShape: strip(use.outputShape),
    strides: [1, single(config["strides"] ?? 1)],
    padding: padding(use),
    dilation: [1, single(config["dilationRate"] ?? 1)],
  });
}

export function depthwise(use: Use): Rule {
  // tfjs-layers reads a rate of dilation here, and computes without.
  return depthwiseOnly(use, [1, 1], use.outputShape, bias(use.layer));
}

function depthwiseOnly(use: Use, dilation: [number, number], outputShape: number[], added?: Tensor): Rule {
  const { config } = use;
  const kernel = tf.keep(spreadKernel(weight<Tensor4D>(use.layer, "depthwise_kernel"), dilation));
  const strides = pair(config["strides"] ?? 1);
  const convolve = (x: Tensor): Tensor => tf.depthwiseConv2d(x as Tensor4D, kernel, strides, padding(use));
  const rule = byGradient(convolve, use.inputShapes[0], outputShape);
  return {
    ...rule,
    forward: ([x]) => (added ? tf.add(convolve(x), added) : convolve(x)),
    dispose: () => kernel.dispose(),
  };
}

/** A depthwise convolution, and a 1 x 1 convolution of that. @returns the output's array. */
export function separable(use: Use): number {
  const { layer, graph, inputs, outputShape } = use;
  if (use.config["dataFormat"] === "channelsFirst") {
    throw unsupported(layer, "its channels come first, which tfjs computes wrongly here");
  }
  const kernel = weight<Tensor4D>(layer, "pointwise_kernel");
  const between = [...outputShape.slice(0, -1), kernel.shape[2]];
  const spread = graph.add(depthwiseOnly(use, pair(use.config["dilationRate"] ?? 1), between), inputs, between);
  const pointwise = convolution({
    kernel,
    bias: bias(layer),
    inputShape: image(between),
    outputShape: image(outputShape),
    strides: [1, 1],
    padding: "valid",
    dilation: [1, 1],
  });
  return graph.add(pointwise, [spread], outputShape);
}

/** A transposed convolution is linear; its transpose is the convolution. */
export function conv2dTranspose(use: Use): Rule {
  const { layer, outputShape } = use;
  const kernel = weight<Tensor4D>(layer, "kernel");
  const strides = pair(use.config["strides"] ?? 1);
  const shape = (x: Tensor): [number, number, number, number] => [x.shape[0], ...image(outputShape)];
  return linearMap(
    (x) => withBias(layer, tf.conv2dTranspose(x as Tensor4D, kernel, shape(x), strides, padding(use))),
    (y) => tf.conv2d(y as Tensor4D, kernel, strides, padding(use)),
    outputShape,
  );
}

export function conv3d(use: Use): Rule {
  const { layer, inputShapes, outputShape, config } = use;
  const kernel = tf.keep(spreadKernel3d(weight<Tensor5D>(layer, "kernel"), triple(config["dilationRate"] ?? 1)));
  const strides = triple(config["strides"] ?? 1);
  const rule = linearMap(
    (x) => withBias(layer, tf.conv3d(x as Tensor5D, kernel, strides, padding(use))),
    (y) => tf.conv3dTranspose(y as Tensor5D, kernel, batchOf(y, inputShapes[0]), strides, padding(use)),
    outputShape,
  );
  return { ...rule, dispose: () => kernel.dispose() };
}

export function conv3dTranspose(use: Use): Rule {
  const { layer, outputShape } = use;
  const kernel = weight<Tensor5D>(layer, "kernel");
  const strides = triple(use.config["strides"] ?? 1);
  return linearMap(
    (x) => withBias(layer, tf.conv3dTranspose(x as Tensor5D, kernel, batchOf(x, outputShape), strides, padding(use))),
    (y) => tf.conv3d(y as Tensor5D, kernel, strides, padding(use)),
    outputShape,
  );
}

const batchOf = (x: Tensor, [depth, height, width, channels]: number[]): [number, ...Volume] => [
  x.shape[0],
  depth,
  height,
  width,
  channels,
];

/** As spreadKernel: plane by plane, then the planes themselves. */
function spreadKernel3d(kernel: Tensor5D, [depth, height, width]: [number, number, number]): Tensor5D {
  return tf.tidy(() => {
    const planes = tf.unstack(kernel).map((plane) => spreadKernel(plane as Tensor4D, [height, width]));
    const gap = tf.zerosLike(planes[0]);
    const spaced = planes.flatMap((plane, i) => (i === 0 ? [plane] : [...Array<Tensor4D>(depth - 1).fill(gap), plane]));
    return tf.stack(spaced) as Tensor5D;
  });
}

export function maxPooling(use: Use): Rule[] {
  return [maxPool(poolingOf(use))];
}

export function averagePooling(use: Use): Rule[] {
  return [averagePool(poolingOf(use))];
}

/** Sequences and images as volumes of depth 1. */
function poolingOf(use: Use): Pooling {
  const { config, inputShapes, outputShape } = use;
  const inputShape = volume(inputShapes[0]);
  if (config["poolSize"] === undefined) {
    // Global pooling is pooling with one window.
    const window: Pooling["size"] = [inputShape[0], inputShape[1], inputShape[2]];
    return { inputShape, outputShape: [1, 1, 1, inputShape[3]], size: window, strides: window, padding: "valid" };
  }
  const window = (value: unknown): Pooling["size"] => {
    if (inputShapes[0].length === 2) return [1, 1, single(value)];
    return inputShapes[0].length === 3 ? [1, ...pair(value)] : triple(value);
  };
  return {
    inputShape,
    outputShape: volume(outputShape),
    size: window(config["poolSize"]),
    strides: window(config["strides"] ?? config["poolSize"]),
    padding: padding(use),
  };
}

function volume(shape: number[]): Volume {
  if (shape.length === 2) return [1, ...strip(shape)];
  return shape.length === 3 ? [1, ...image(shape)] : [shape[0], shape[1], shape[2], shape[3]];
}

/**
 * Bilinear interpolation is a matrix along each axis of the image, made by resizing the identity. tfjs's own gradient is wrong
 * on cpu where height and width differ.
 */
export function resized({ inputShapes: [[height, width]], outputShape }: Use): Rule {
  const [newHeight, newWidth, channels] = outputShape;
  const along = (from: number, to: number): Tensor2D =>
    tf.reshape(tf.image.resizeBilinear(tf.reshape<tf.Rank.R4>(tf.eye(from), [1, from, 1, from]), [to, 1]), [to, from]);
  return linearMap(
    (x) => tf.image.resizeBilinear(x as Tensor4D, [newHeight, newWidth]),
    (y) => {
      const rows = tf.reshape(tf.transpose(y, [1, 0, 2, 3]), [newHeight, -1]);
      const tall = tf.reshape(tf.matMul(along(height, newHeight), rows, true), [height, -1, newWidth, channels]);
      const columns = tf.reshape(tf.transpose(tall, [2, 1, 0, 3]), [newWidth, -1]);
      const small = tf.reshape(tf.matMul(along(width, newWidth), columns, true), [width, -1, height, channels]);
      return tf.transpose(small, [1, 2, 0, 3]);
    },
    outputShape,
  );
}
