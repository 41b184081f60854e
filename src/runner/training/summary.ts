/** The model as the `model` event tells it: layers, parameters, and the operations of a forward pass. */
import { LayersModel as Model, type LayersModel, type layers } from "@tensorflow/tfjs-layers";
import type { NewRunEvent } from "../../protocol/events";
import { sizeOf } from "../../protocol/ndArray";
import { allLayers } from "./frozenBase";
import { metricNames } from "./step";

type Layer = layers.Layer;
type ModelEvent = Extract<NewRunEvent, { type: "model" }>;

/** A layer's sizes, without the batch axis; unknown axes count as 1. */
export interface LayerSizes {
  input: number[];
  output: number[];
  /** Shapes of its weights, in the layer's own order. */
  weights: number[][];
}

/** Positions of a [...space, channels] shape. */
const positions = (shape: readonly number[]): number => sizeOf(shape.slice(0, -1));
/** Multiply-adds of a convolution: every kernel number at every output position, two operations each. */
const convolution = ({ output, weights }: LayerSizes): number =>
  2 * sizeOf(weights[0]) * positions(output) + bias(output, weights);
const bias = (output: readonly number[], weights: readonly number[][]): number =>
  weights.some((shape) => shape.length === 1) ? sizeOf(output) : 0;
/** A recurrent layer: both matrices at every time step; `gates` wide kernels stand in the weights themselves. */
const recurrent = ({ input, weights }: LayerSizes): number =>
  2 * input[0] * weights.filter((shape) => shape.length === 2).reduce((sum, shape) => sum + sizeOf(shape), 0);
const elementwise = ({ output }: LayerSizes): number => sizeOf(output);

/** Floating-point operations of one example's forward pass; a multiply-add counts as two. Other layers only move data. */
const FLOPS: Record<string, (sizes: LayerSizes) => number> = {
  Dense: ({ output, weights }) => 2 * sizeOf(weights[0]) * positions(output) + bias(output, weights),
  Conv1D: convolution,
  Conv2D: convolution,
  Conv3D: convolution,
  Conv2DTranspose: ({ input, output, weights }) => 2 * sizeOf(weights[0]) * positions(input) + bias(output, weights),
  Conv3DTranspose: ({ input, output, weights }) => 2 * sizeOf(weights[0]) * positions(input) + bias(output, weights),
  // Its kernel is [height, width, channels, multiplier]: each number works at every position.
  DepthwiseConv2D: convolution,
  SeparableConv2D: ({ output, weights }) =>
    2 * (sizeOf(weights[0]) + sizeOf(weights[1])) * positions(output) + bias(output, weights),
  MaxPooling1D: ({ input }) => sizeOf(input),
  MaxPooling2D: ({ input }) => sizeOf(input),
  AveragePooling1D: ({ input }) => sizeOf(input),
  AveragePooling2D: ({ input }) => sizeOf(input),
  GlobalAveragePooling1D: ({ input }) => sizeOf(input),
  GlobalAveragePooling2D: ({ input }) => sizeOf(input),
  GlobalMaxPooling1D: ({ input }) => sizeOf(input),
  GlobalMaxPooling2D: ({ input }) => sizeOf(input),
  BatchNormalization: ({ output }) => 2 * sizeOf(output),
  LayerNormalization: ({ output }) => 5 * sizeOf(output),
  Activation: elementwise,
  ReLU: elementwise,
  LeakyReLU: elementwise,
  PReLU: elementwise,
  ELU: elementwise,
  ThresholdedReLU: elementwise,
  Softmax: ({ output }) => 3 * sizeOf(output),
  Add: elementwise,
  Multiply: elementwise,
  Average: elementwise,
  Maximum: elementwise,
  Minimum: elementwise,
  SimpleRNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
};

/** The `model` event of a compiled model. */
export function summarize(model: LayersModel): ModelEvent {
  const rows = allLayers(model).map((layer) => {
    const output = shapeOf(layer.outputShape);
    return {
      name: layer.name,
      className: layer.getClassName(),
      outputShape: output.map((n, axis) => (axis === 0 ? null : n)),
      parameters: layer.countParams(),
      trainable: layer.trainable && layer.trainableWeights.length > 0,
      flops: layerFlops(layer),
    };
  });
  const count = (weights: LayersModel["weights"]): number =>
    weights.reduce((sum, weight) => sum + sizeOf(weight.shape.map((n) => n ?? 1)), 0);
  return {
    type: "model",
    name: model.name,
    layers: rows,
    parameters: count(model.weights),
    trainableParameters: count(model.trainableWeights),
    flops: rows.reduce((sum, { flops }) => sum + flops, 0),
    optimizer: model.optimizer.getClassName(),
    loss: typeof model.loss === "string" ? model.loss : "custom",
    metrics: metricNames(model).slice(1),
  };
}

export function layerSizes(layer: Layer): LayerSizes {
  return {
    input: perExample(inputShape(layer)),
    output: perExample(layer.outputShape),
    weights: layer.weights.map((weight) => weight.shape.map((n) => n ?? 1)),
  };
}

/** FLOPs of one example through a layer, or through all of a model's. */
export function layerFlops(layer: Layer): number {
  if (layer instanceof Model) return layer.layers.reduce((sum, inner) => sum + layerFlops(inner), 0);
  const className = layer.getClassName();
  const sizes = layerSizes(layer);
  if (className === "TimeDistributed" || className === "Bidirectional") {
    // Wrappers hold their layer's weights: a matrix product for each at every step.
    return recurrent(sizes);
  }
  return FLOPS[className]?.(sizes) ?? 0;
}

/** Of the layer's first use. */
function inputShape(layer: Layer): (number | null)[] {
  const input = layer.getInputAt(0);
  return (Array.isArray(input) ? input[0] : input).shape;
}

function shapeOf(shape: (number | null)[] | (number | null)[][]): (number | null)[] {
  return Array.isArray(shape[0]) ? shape[0] : (shape as (number | null)[]);
}

function perExample(shape: (number | null)[] | (number | null)[][]): number[] {
  return shapeOf(shape)
    .slice(1)
    .map((n) => n ?? 1);
}
