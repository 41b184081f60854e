/** Which rules stand for which layer of tfjs-layers. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { UnsupportedLayerError } from "../unsupportedLayerError";
import type { GraphBuilder } from "./builder";
import { elementwise } from "./elementwise";
import { byGradient, identity, linearMap, permuted } from "./linear";
import type { Masks } from "./masks";
import { matrix } from "./matrix";
import * as merge from "./merge";
import { batchNormalization, layerNormalization, softmaxLayer } from "./normalization";
import { product } from "./operands";
import { bidirectional, recurrent, stack } from "./recurrent";
import type { Rule } from "./rule";
import * as spatial from "./spatial";
import { lookup, present, selection } from "./tokens";
import { activation, bias, type Layer, through, unsupported, type Use, weight } from "./use";

/** Adds a layer's operations. @returns the number of its output's array, or of each output's. */
type Expand = (use: Use) => number | number[];

/** Rules one after the other. */
const chain =
  (rulesOf: (use: Use) => Rule[]): Expand =>
  (use) =>
    use.graph.chain(rulesOf(use), use.inputs, use.outputShape);

/** A linear map on an image, and the layer's activation. */
const convolving =
  (map: (use: Use) => Rule): Expand =>
  (use) =>
    use.graph.chain(activation(use), [spatial.channelsLast(use, (inner) => [map(inner)])], use.outputShape);

/** Dropout does nothing when a model infers; what reshapes moves no unit. */
const nothing = chain(() => [identity()]);
const linear = chain((use) => [byGradient(through(use), use.inputShapes[0], use.outputShape)]);
const unitByUnit = chain((use) => [elementwise(through(use))]);
const maxPooling: Expand = (use) => spatial.channelsLast(use, spatial.maxPooling);
const averagePooling: Expand = (use) => spatial.channelsLast(use, spatial.averagePooling);

const LAYERS: Record<string, Expand> = {
  Dense: chain((use) => [
    matrix(weight<Tensor2D>(use.layer, "kernel"), bias(use.layer), size(use.outputShape)),
    ...activation(use),
  ]),
  Conv1D: chain((use) => [spatial.conv1d(use), ...activation(use)]),
  Conv2D: convolving(spatial.conv2d),
  Conv3D: convolving(spatial.conv3d),
  Conv2DTranspose: convolving(spatial.conv2dTranspose),
  Conv3DTranspose: convolving(spatial.conv3dTranspose),
  DepthwiseConv2D: convolving(spatial.depthwise),
  SeparableConv2D: (use) => use.graph.chain(activation(use), [spatial.separable(use)], use.outputShape),
  MaxPooling1D: maxPooling,
  MaxPooling2D: maxPooling,
  MaxPooling3D: maxPooling,
  GlobalMaxPooling1D: maxPooling,
  GlobalMaxPooling2D: maxPooling,
  AveragePooling1D: averagePooling,
  AveragePooling2D: averagePooling,
  AveragePooling3D: averagePooling,
  GlobalAveragePooling1D: averagePooling,
  GlobalAveragePooling2D: averagePooling,
  ZeroPadding2D: linear,
  Cropping2D: linear,
  UpSampling2D: (use) =>
    use.config["interpolation"] === "bilinear"
      ? spatial.channelsLast(use, (inner) => [spatial.resized(inner)])
      : linear(use),
  Rescaling: linear,
  CenterCrop: chain((use) => [centerCrop(use)]),
  Permute: linear,
  RepeatVector: linear,
  Flatten: chain((use) => [flatten(use)]),
  Reshape: nothing,
  Dropout: nothing,
  SpatialDropout1D: nothing,
  GaussianNoise: nothing,
  GaussianDropout: nothing,
  AlphaDropout: nothing,
  BatchNormalization: chain((use) => [batchNormalization(use)]),
  LayerNormalization: layerNormalization,
  Activation: chain(activation),
  LeakyReLU: unitByUnit,
  ReLU: unitByUnit,
  ELU: unitByUnit,
  PReLU: unitByUnit,
  // tfjs has no gradient for the comparison in it.
  ThresholdedReLU: chain((use) => [
    elementwise(through(use), (z) => tf.cast(tf.greater(z, use.config["theta"] as number), "float32")),
  ]),
  Softmax: softmaxLayer,
  Add: merge.added,
  Average: merge.averaged,
  Multiply: merge.multiplied,
  Maximum: merge.greatest,
  Minimum: merge.least,
  Concatenate: merge.concatenated,
  Dot: merge.dotted,
  Embedding: embedding,
  CategoryEncoding: categoryEncoding,
  Masking: masking,
  SimpleRNN: recurrent,
  GRU: recurrent,
  // Keras's default, which src/keras defines.
  ResetAfterGRU: recurrent,
  LSTM: recurrent,
  RNN: recurrent,
  ConvLSTM2D: recurrent,
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
};

/** Classes of layers that can be explained. */
export const SUPPORTED_LAYERS: readonly string[] = Object.keys(LAYERS);

/** Layers that pass on no mask though they read one, or make one of their own. */
const MASKS_END = ["Add", "Average", "Multiply", "Maximum", "Minimum", "Concatenate", "Dot", "Embedding", "Masking"];

const RECURRENT = ["SimpleRNN", "GRU", "ResetAfterGRU", "LSTM", "RNN", "ConvLSTM2D", "Bidirectional"];

/**
 * Adds the operations of a layer.
 *
 * @param inputs numbers of its arrays. @returns those of its outputs.
 * @throws UnsupportedLayerError
 */
export function expand(layer: Layer, inputs: number[], graph: GraphBuilder, masks: Masks): number[] {
  const className = layer.getClassName();
  const found = Object.hasOwn(LAYERS, className) ? LAYERS[className] : undefined;
  try {
    if (!found) throw unsupported(layer, "layers of this class have no rule");
    const inputShapes = inputs.map((input) => graph.shapes[input]);
    const outputShape = outputShapeOf(layer, inputShapes);
    const outputs = [
      found({ layer, config: layer.getConfig(), inputs, inputShapes, outputShape, graph, masks }),
    ].flat();
    const mask = masks.of(inputs[0]);
    const passesOn = layer.supportsMasking && !MASKS_END.includes(className);
    // Of a recurrent layer, only where it returns a sequence.
    const sequence = outputShape.length >= inputShapes[0].length || !RECURRENT.includes(className);
    if (mask !== undefined && passesOn && sequence) masks.set(outputs[0], mask);
    return outputs;
  } catch (error) {
    if (!(error instanceof UnsupportedLayerError)) throw error;
    throw new UnsupportedLayerError(error.layerName, error.className, error.why, SUPPORTED_LAYERS);
  }
}

/** Of the first output, without the batch axis. */
function outputShapeOf(layer: Layer, inputShapes: number[][]): number[] {
  const batches = inputShapes.map((shape) => [null, ...shape]);
  const shapes = layer.computeOutputShape(batches.length === 1 ? batches[0] : batches);
  const [first] = shapes;
  return (Array.isArray(first) ? first : (shapes as (number | null)[])).slice(1).map((length) => {
    if (length === null || length < 0) throw unsupported(layer, "the shape of its output is open");
    return length;
  });
}

function size(shape: number[]): number {
  return tf.util.sizeFromShape(shape);
}

/** With channels first, tfjs-layers puts them last before it flattens. */
function flatten({ config, inputShapes: [shape] }: Use): Rule {
  if (config["dataFormat"] !== "channelsFirst" || shape.length < 2) return identity();
  return permuted([...shape.slice(1).map((_, i) => i + 1), 0], shape);
}

/** Either it picks pixels or, where the image is too small, it enlarges it. */
function centerCrop(use: Use): Rule {
  const [height, width] = use.inputShapes[0].slice(-3);
  const [newHeight, newWidth] = use.outputShape.slice(-3);
  if (height >= newHeight && width >= newWidth) return selection(through(use), use.inputShapes[0]);
  return spatial.resized(use);
}

function embedding({ layer, config, graph, inputs, outputShape, masks }: Use): number {
  const output = graph.add(lookup(weight<Tensor2D>(layer, "embeddings")), inputs, outputShape);
  if (config["maskZero"] === true) masks.set(output, graph.add(present(0, 1), inputs, outputShape.slice(0, -1)));
  return output;
}

/** A sum of one row of the identity matrix a token; of which at most 1, where a category is there or not. */
function categoryEncoding({ config, graph, inputs, inputShapes: [shape], outputShape }: Use): number {
  const tokens = size(shape);
  const categories = outputShape[outputShape.length - 1];
  const identityMatrix = tf.keep(tf.eye(categories));
  const rows = { ...lookup(identityMatrix), dispose: () => identityMatrix.dispose() };
  const each = graph.add(rows, inputs, [tokens, categories]);
  const total = linearMap(
    (x) => tf.sum(x, 1),
    (y) => tf.tile(tf.expandDims(y, 1), [1, tokens, 1]),
    [categories],
  );
  const counts = graph.add(total, [each], [categories]);
  if (config["outputMode"] === "count") return graph.reshape(counts, outputShape);
  const there = elementwise((z) => tf.minimum(z, 1));
  return graph.reshape(graph.add(there, [counts], [categories]), outputShape);
}

/** A step whose numbers all are the mask's value becomes 0: x * mask. */
function masking({ config, graph, inputs: [x], outputShape, masks }: Use): number {
  const length = outputShape[outputShape.length - 1];
  const steps = outputShape.slice(0, -1);
  const mask = graph.add(present((config["maskValue"] as number | undefined) ?? 0, length), [x], steps);
  const repeated = graph.broadcast(graph.reshape(mask, [...steps, 1]), outputShape);
  const output = graph.add(product(), [x, repeated], outputShape);
  masks.set(output, mask);
  return output;
}

/** The layer once for each step, which it sees alone. */
function timeDistributed({ layer, graph, inputs: [x], outputShape, masks }: Use): number {
  const inner = "layer" in layer ? (layer.layer as Layer) : undefined;
  if (!inner) throw unsupported(layer, "it wraps no layer");
  const [steps, ...shape] = graph.shapes[x];
  const ones = Array.from({ length: steps }, () => 1);
  const outputs = graph.split(x, 0, ones, shape).map((step) => expand(inner, [step], graph, masks)[0]);
  return stack(graph, outputs, outputShape);
}
