/** Which rules stand for which layer of tfjs-layers. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { type layers as layersNamespace, layers as make } from "@tensorflow/tfjs-layers";
import { UnsupportedLayerError } from "../unsupportedLayerError";
import { elementwise } from "./elementwise";
import { byGradient, difference, identity, joined, scaled, sum } from "./linear";
import { convolution, matrix } from "./matrix";
import { averagePool, maxPool, type Pooling } from "./pooling";
import type { Rule } from "./rule";
import { logSoftmax, softmax } from "./softmax";

type Layer = layersNamespace.Layer;

/** A layer as it stands in a model: shapes are without the batch axis. */
interface Use {
  layer: Layer;
  /** What the layer was made with. */
  config: Record<string, unknown>;
  /** Of each input. */
  inputShapes: number[][];
  outputShape: number[];
}

type RulesOf = (use: Use) => Rule[];

/** Passes its input through the layer itself. */
const through =
  ({ layer }: Use) =>
  (input: Tensor): Tensor =>
    layer.apply(input) as Tensor;

/** Dropout does nothing when a model infers; what reshapes moves no unit. */
const nothing: RulesOf = () => [identity()];
const linear: RulesOf = (use) => [byGradient(through(use), use.inputShapes[0], use.outputShape)];
const unitByUnit: RulesOf = (use) => [elementwise(through(use))];

const RULES: Record<string, RulesOf> = {
  Dense: (use) => [matrix(weight(use, "kernel") as Tensor2D, bias(use), size(use.outputShape)), ...activation(use)],
  Conv1D: (use) => [conv1d(use), ...activation(use)],
  Conv2D: (use) => [conv2d(use), ...activation(use)],
  DepthwiseConv2D: (use) => [depthwise(use), ...activation(use)],
  MaxPooling1D: (use) => [maxPool(pooling1d(use))],
  MaxPooling2D: (use) => [maxPool(pooling2d(use))],
  GlobalMaxPooling1D: (use) => [maxPool(globalPooling(use))],
  GlobalMaxPooling2D: (use) => [maxPool(globalPooling(use))],
  AveragePooling1D: (use) => [averagePool(pooling1d(use))],
  AveragePooling2D: (use) => [averagePool(pooling2d(use))],
  GlobalAveragePooling1D: (use) => [averagePool(globalPooling(use))],
  GlobalAveragePooling2D: (use) => [averagePool(globalPooling(use))],
  ZeroPadding2D: linear,
  Cropping2D: linear,
  UpSampling2D: linear,
  Permute: linear,
  RepeatVector: linear,
  Flatten: nothing,
  Reshape: nothing,
  Dropout: nothing,
  SpatialDropout1D: nothing,
  GaussianNoise: nothing,
  GaussianDropout: nothing,
  AlphaDropout: nothing,
  BatchNormalization: (use) => [batchNormalization(use)],
  Activation: activation,
  LeakyReLU: unitByUnit,
  ReLU: unitByUnit,
  ELU: unitByUnit,
  PReLU: unitByUnit,
  // tfjs has no gradient for the comparison in it.
  ThresholdedReLU: (use) => [
    elementwise(through(use), (z) => tf.cast(tf.greater(z, use.config["theta"] as number), "float32")),
  ],
  Softmax: (use) => [softmaxOver(use, use.config["axis"] as number | undefined)],
  Add: ({ inputShapes }) => [sum(sameShapes(inputShapes).length, 1)],
  Average: ({ inputShapes }) => [sum(sameShapes(inputShapes).length, 1 / inputShapes.length)],
  Subtract: ({ inputShapes }) => [sameShapes(inputShapes) && difference()],
  Concatenate: (use) => {
    const axis = (use.config["axis"] as number | undefined) ?? -1;
    return [joined(axis < 0 ? axis + use.outputShape.length + 1 : axis, use.inputShapes)];
  },
};

/** Classes of layers that can be explained. */
export const SUPPORTED_LAYERS: readonly string[] = Object.keys(RULES);

/**
 * The rules of a layer, in the order of computation.
 *
 * @throws UnsupportedLayerError
 */
export function rulesOf(layer: Layer, inputShapes: number[][], outputShape: number[]): Rule[] {
  const className = layer.getClassName();
  const rules = Object.hasOwn(RULES, className) ? RULES[className] : undefined;
  if (!rules) throw unsupported(layer, "layers of this class have no rule");
  const use: Use = { layer, config: layer.getConfig(), inputShapes, outputShape };
  if (use.config["dataFormat"] === "channelsFirst") throw unsupported(layer, "its channels come first");
  return rules(use);
}

function unsupported(layer: Layer, why: string): UnsupportedLayerError {
  return new UnsupportedLayerError(layer.name, layer.getClassName(), why, SUPPORTED_LAYERS);
}

function size(shape: number[]): number {
  return tf.util.sizeFromShape(shape);
}

/** The weight whose name ends so: `dense/kernel`. */
function findWeight({ layer }: Use, name: string): Tensor | undefined {
  const { weights } = layer;
  const found = weights.find((weight) => weight.originalName.split("/").pop() === name);
  return found?.read();
}

function weight(use: Use, name: string): Tensor {
  const found = findWeight(use, name);
  if (!found) throw unsupported(use.layer, `its weight "${name}" is missing`);
  return found;
}

function bias(use: Use): Tensor1D | undefined {
  return findWeight(use, "bias") as Tensor1D | undefined;
}

/** The activation that a layer was made with, as rules of its own. */
function activation(use: Use): Rule[] {
  const name = use.config["activation"] ?? "linear";
  if (typeof name !== "string") throw unsupported(use.layer, "its activation has no name");
  if (name === "linear") return [];
  if (name === "softmax") return [softmaxOver(use, -1)];
  if (name === "logSoftmax") return [logSoftmax(use.outputShape.at(-1) ?? 1)];
  const layer = make.activation({ activation: name as never });
  return [elementwise((z) => layer.apply(z) as Tensor)];
}

function softmaxOver({ layer, outputShape }: Use, axis = -1): Rule {
  if (axis !== -1 && axis !== outputShape.length) throw unsupported(layer, "its softmax is not over the last axis");
  return softmax(outputShape.at(-1) ?? 1);
}

function sameShapes(shapes: number[][]): number[][] {
  const [first] = shapes;
  if (shapes.some((shape) => !tf.util.arraysEqual(shape, first))) {
    throw new RangeError(`Arrays of different shapes are merged: ${shapes.map((s) => JSON.stringify(s)).join(", ")}.`);
  }
  return shapes;
}

const pair = (value: unknown): [number, number] =>
  Array.isArray(value) ? [value[0] as number, value[1] as number] : [value as number, value as number];
const single = (value: unknown): number => (Array.isArray(value) ? (value[0] as number) : (value as number));
const image = (shape: number[]): [number, number, number] => [shape[0], shape[1], shape[2]];
/** A sequence [steps, channels] as an image of height 1. */
const strip = (shape: number[]): [number, number, number] => [1, shape[0], shape[1]];

const padding = ({ config }: Use): "same" | "valid" => (config["padding"] === "same" ? "same" : "valid");

function conv2d(use: Use): Rule {
  const { config } = use;
  return convolution({
    kernel: weight(use, "kernel") as Tensor4D,
    bias: bias(use),
    inputShape: image(use.inputShapes[0]),
    outputShape: image(use.outputShape),
    strides: pair(config["strides"] ?? 1),
    padding: padding(use),
    dilation: pair(config["dilationRate"] ?? 1),
  });
}

function conv1d(use: Use): Rule {
  const { config } = use;
  // tfjs-layers reads this setting and cannot compute it.
  if (config["padding"] === "causal") throw unsupported(use.layer, "its padding is causal");
  return convolution({
    kernel: tf.expandDims<Tensor4D>(weight(use, "kernel"), 0),
    bias: bias(use),
    inputShape: strip(use.inputShapes[0]),
    outputShape: strip(use.outputShape),
    strides: [1, single(config["strides"] ?? 1)],
    padding: padding(use),
    dilation: [1, single(config["dilationRate"] ?? 1)],
  });
}

function depthwise(use: Use): Rule {
  const { config } = use;
  const kernel = weight(use, "depthwise_kernel") as Tensor4D;
  const added = bias(use);
  const dilation = pair(config["dilationRate"] ?? 1);
  const convolve = (x: Tensor): Tensor =>
    tf.depthwiseConv2d(x as Tensor4D, kernel, pair(config["strides"] ?? 1), padding(use), "NHWC", dilation);
  const rule = byGradient(convolve, use.inputShapes[0], use.outputShape);
  return { ...rule, forward: ([x]) => (added ? tf.add(convolve(x), added) : convolve(x)) };
}

function pooling2d(use: Use): Pooling {
  const { config, inputShapes, outputShape } = use;
  return {
    inputShape: image(inputShapes[0]),
    outputShape: image(outputShape),
    size: pair(config["poolSize"]),
    strides: pair(config["strides"] ?? config["poolSize"]),
    padding: padding(use),
  };
}

function pooling1d(use: Use): Pooling {
  const { config, inputShapes, outputShape } = use;
  return {
    inputShape: strip(inputShapes[0]),
    outputShape: strip(outputShape),
    size: [1, single(config["poolSize"])],
    strides: [1, single(config["strides"] ?? config["poolSize"])],
    padding: padding(use),
  };
}

/** Global pooling is pooling with one window. */
function globalPooling({ inputShapes: [shape] }: Use): Pooling {
  const inputShape = shape.length === 2 ? strip(shape) : image(shape);
  const window: [number, number] = [inputShape[0], inputShape[1]];
  return {
    inputShape,
    outputShape: [1, 1, inputShape[2]],
    size: window,
    strides: window,
    padding: "valid",
  };
}

/** y = gamma * (x - moving mean) / sqrt(moving variance + epsilon) + beta, channel by channel. */
function batchNormalization(use: Use): Rule {
  const { config, outputShape } = use;
  const axis = (config["axis"] as number | undefined) ?? -1;
  // tfjs-layers reads this setting and computes something else.
  if (axis !== -1 && axis !== outputShape.length) throw unsupported(use.layer, "its axis is not the last one");
  const variance = weight(use, "moving_variance").dataSync();
  const gamma = findWeight(use, "gamma")?.dataSync();
  const epsilon = (config["epsilon"] as number | undefined) ?? 1e-3;
  const scale = Float32Array.from({ length: size(outputShape) }, (_, unit) => {
    const channel = unit % variance.length;
    return (gamma?.[channel] ?? 1) / Math.sqrt(variance[channel] + epsilon);
  });
  return scaled(through(use), scale);
}
