/** The frozen part of a model, whose outputs are the same in every epoch: found, and taken apart from what learns. */
import * as tf from "@tensorflow/tfjs-core";
import { LayersModel, type SymbolicTensor, type layers, model as makeModel } from "@tensorflow/tfjs-layers";
import type { Forward } from "./step";

type Layer = layers.Layer;

export interface FrozenBase {
  /** From the model's input to the features. It shares the model's layers. */
  model: LayersModel;
  /** From the features to the model's output. */
  rest: Forward;
  /** What `rest` is made of. */
  restLayers: readonly Layer[];
}

/** Layers that do the same in training as otherwise, and need neither masks nor states. */
const PLAIN = new Set([
  ...["InputLayer", "Dense", "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"],
  ...["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"],
  ...["GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D"],
  ...["ZeroPadding2D", "Cropping2D", "UpSampling2D", "Flatten", "Reshape", "Permute", "RepeatVector", "Rescaling"],
  ...["Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "ThresholdedReLU", "Softmax"],
  ...["Add", "Average", "Multiply", "Maximum", "Minimum", "Subtract", "Concatenate", "Dot", "LayerNormalization"],
]);
/** These draw while they train, or keep moments: they are no part of the base, but may follow it. */
const TRAINING_ONLY = new Set([
  ...["Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "BatchNormalization"],
]);

/** Of the weights of a batch normalization, these never learn: the moving mean and variance. */
const MOMENTS = 2;

/** The layers that are frozen: by themselves, by the model that they are in, or weight by weight. */
function frozenLayers(model: LayersModel, within = !model.trainable): Set<Layer> {
  const frozen = new Set<Layer>();
  for (const layer of model.layers) {
    const is = within || !layer.trainable;
    if (layer instanceof LayersModel) frozenLayers(layer, is).forEach((inner) => frozen.add(inner));
    else if (is || (hasLearnable(layer) && layer.trainableWeights.length === 0)) frozen.add(layer);
  }
  return frozen;
}

function hasLearnable(layer: Layer): boolean {
  return layer.weights.length > (isNormalization(layer) ? MOMENTS : 0);
}

function isNormalization(layer: Layer): boolean {
  return layer.getClassName() === "BatchNormalization";
}

/** The model's layers, those of models inside it in the place of these. */
export function allLayers(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) => (layer instanceof LayersModel ? allLayers(layer) : [layer]));
}

type Call = (inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>) => tf.Tensor | tf.Tensor[];

/**
 * Has frozen batch normalizations of the model normalize by their moving moments, as Keras does: tfjs would take the
 * batch's, and go on changing the moving ones. To be called again after a change of what is frozen.
 */
export function holdFrozenMoments(model: LayersModel): void {
  const frozen = frozenLayers(model);
  for (const layer of allLayers(model).filter(isNormalization)) {
    const prototype = Object.getPrototypeOf(layer) as { call: Call };
    // Looked up anew in each call: a backend may have put its own there.
    if (frozen.has(layer)) layer.call = (x, kwargs) => prototype.call.call(layer, x, { ...kwargs, training: false });
    else Reflect.deleteProperty(layer, "call");
  }
}

/**
 * Takes a model apart at its frozen base: as much of it as depends on the input alone and learns nothing.
 *
 * @returns undefined where no layer with weights is frozen at the beginning, where more than one array leads out of that
 *   part, or where a layer needs more than its input (masks, states).
 */
export function findFrozenBase(model: LayersModel): FrozenBase | undefined {
  const known = allLayers(model).every((layer) => {
    const className = layer.getClassName();
    return PLAIN.has(className) || TRAINING_ONLY.has(className);
  });
  const [output] = model.outputs;
  const frozen = frozenLayers(model);
  const upTo = new Map<SymbolicTensor, boolean>();
  if (!known || model.inputs.length !== 1 || isFrozenUpTo(output, frozen, upTo)) return undefined;
  const exits = new Set<SymbolicTensor>();
  const rest = orderOf(output, (tensor) => {
    if (!isFrozenUpTo(tensor, frozen, upTo)) return false;
    exits.add(tensor);
    return true;
  });
  const [exit] = exits;
  if (exits.size !== 1) return undefined;
  const base = makeModel({ inputs: model.inputs, outputs: exit, name: `${model.name}_frozen` });
  if (base.weights.length === 0) return undefined;
  return {
    model: base,
    restLayers: rest.map(({ sourceLayer }) => sourceLayer),
    rest: (features, training) =>
      tf.tidy(() => {
        const values = new Map([[exit, features]]);
        for (const tensor of rest) {
          const inputs = tensor.inputs.map((input) => values.get(input) ?? missing(input));
          const y = tensor.sourceLayer.apply(inputs.length === 1 ? inputs[0] : inputs, { training });
          values.set(tensor, y as tf.Tensor);
        }
        return values.get(output) ?? missing(output);
      }),
  };
}

/** Whether the layer, or every one of the model, gives the same in each epoch for the same input. */
function isConstant(layer: Layer, frozen: ReadonlySet<Layer>): boolean {
  if (layer instanceof LayersModel) return allLayers(layer).every((inner) => isConstant(inner, frozen));
  if (isNormalization(layer)) return frozen.has(layer);
  return PLAIN.has(layer.getClassName()) && (frozen.has(layer) || layer.weights.length === 0);
}

/** Whether neither the tensor's layer nor any before it learns or draws. */
function isFrozenUpTo(tensor: SymbolicTensor, frozen: ReadonlySet<Layer>, seen: Map<SymbolicTensor, boolean>): boolean {
  const known = seen.get(tensor);
  if (known !== undefined) return known;
  const is =
    isConstant(tensor.sourceLayer, frozen) && tensor.inputs.every((input) => isFrozenUpTo(input, frozen, seen));
  seen.set(tensor, is);
  return is;
}

/** The tensors that lead to one, in the order of computation, from those at which `stop` holds, which are left out. */
function orderOf(tensor: SymbolicTensor, stop: (tensor: SymbolicTensor) => boolean): SymbolicTensor[] {
  const order = new Set<SymbolicTensor>();
  const visit = (current: SymbolicTensor): void => {
    if (order.has(current) || stop(current)) return;
    current.inputs.forEach(visit);
    order.add(current);
  };
  visit(tensor);
  return [...order];
}

function missing({ name }: SymbolicTensor): never {
  throw new Error(`the array ${name} is read before it is computed`);
}
