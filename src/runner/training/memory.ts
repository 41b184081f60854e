/** How much memory training takes, by the model's shapes: an estimate for a message, good to a factor of about two. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Inputs, isSource } from "../../data/inputs";
import type { Split, TrainingData } from "../../data/trainingData";
import { sizeOf } from "../../protocol/ndArray";
import { allLayers } from "./frozenBase";
import { type LayerSizes, layerSizes } from "./summary";

/** Bytes of what does not depend on the batch size, and of what each example of a batch adds. */
export interface MemoryNeeds {
  /** How many there are to learn from: no batch has more. */
  examples: number;
  /** Examples and targets of the splits that lie on the device while it trains. */
  data: number;
  /** Weights, with the gradients and the optimizer's state of those that learn. */
  weights: number;
  /** What the forward and the backward pass of one example keep until the step's end. */
  example: number;
}

const FLOAT = 4;

/**
 * tfjs keeps what the forward pass computes, and the gradients of it, until the step's end. Measured on wasm with
 * perceptron, convolutional net and MobileNet: 3.3, 4.8 and 6.6 times the outputs of their layers.
 */
const KEPT_OF_OUTPUT = 5;
/** A recurrent layer keeps products, gates and states of every time step: measured with an LSTM, in kernel columns. */
const KEPT_OF_STEP = 13;

const RECURRENT: readonly string[] = ["SimpleRNN", "LSTM", "GRU", "Bidirectional"];
/** These share their input's memory. */
const VIEWS: readonly string[] = ["InputLayer", "Flatten", "Reshape"];

/** What an optimizer keeps for each weight. */
const OPTIMIZER_SLOTS: Record<string, number> = {
  SGD: 0,
  Momentum: 1,
  Adagrad: 1,
  Adadelta: 2,
  Adam: 2,
  Adamax: 2,
  RMSProp: 2,
};
/** An optimizer of the recipe's own: as many as the common ones have at most. */
const UNKNOWN_SLOTS = 2;

/** @param working the layers that a step passes through: all, or those after a base that was computed before. */
export function memoryNeeds(
  model: LayersModel,
  { train, validation }: Pick<TrainingData<Inputs>, "train" | "validation">,
  working: readonly LayersModel["layers"][number][] = allLayers(model),
): MemoryNeeds {
  const count = (weights: LayersModel["weights"]): number =>
    weights.reduce((sum, weight) => sum + sizeOf(weight.shape.map((n) => n ?? 1)), 0);
  // Of a source, a batch at a time is on the device, which counts with the step's.
  const values = ({ x, y }: Split<Inputs>): number => (isSource(x) ? 0 : sizeOf(x.shape) + sizeOf(y.shape));
  const slots = OPTIMIZER_SLOTS[model.optimizer.getClassName()] ?? UNKNOWN_SLOTS;
  return {
    examples: train.x.shape[0],
    data: FLOAT * (values(train) + values(validation)),
    weights: FLOAT * (count(model.weights) + (1 + slots) * count(model.trainableWeights)),
    example: FLOAT * working.reduce((sum, layer) => sum + keptValues(layer.getClassName(), layerSizes(layer)), 0),
  };
}

/** Numbers that a layer makes training keep, for one example. */
export function keptValues(className: string, { input, output, weights }: LayerSizes): number {
  if (VIEWS.includes(className)) return 0;
  if (!RECURRENT.includes(className)) return KEPT_OF_OUTPUT * sizeOf(output);
  // A kernel for the input and one for the state, of the same columns.
  const columns = weights.reduce((sum, shape) => sum + (shape.length === 2 ? shape[1] / 2 : 0), 0);
  return KEPT_OF_STEP * input[0] * columns;
}

/** Examples of a step. */
export function stepExamples({ examples }: MemoryNeeds, batchSize: number): number {
  return Math.min(examples, batchSize);
}

/** Bytes of a step with batches of this size. */
export function stepBytes(needs: MemoryNeeds, batchSize: number): number {
  return needs.data + needs.weights + needs.example * stepExamples(needs, batchSize);
}

/** Rows of a batch that only looks, and the memory within which it stays if a batch that learns needs no more, bytes. */
const EVALUATION_ROWS = 256;
const EVALUATION_BYTES = 2 ** 28;

/** Rows of a batch that is evaluated: many, but such that it needs no more memory than one that is learned from. */
export function evaluationRows({ example }: MemoryNeeds, batchSize: number): number {
  const fitting = Math.floor(EVALUATION_BYTES / Math.max(1, example));
  return Math.min(EVALUATION_ROWS, Math.max(batchSize, fitting));
}
