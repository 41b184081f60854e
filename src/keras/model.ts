/** Builds a model of tfjs from Keras's configuration, and knows where each of its weights stands in the file. */
import { type LayersModel, type SymbolicTensor, input, model as makeModel } from "@tensorflow/tfjs-layers";
import type { Origin } from "./activations";
import type { BuiltLayer, Slot } from "./builtLayer";
import { KerasFileError, unreadable } from "./kerasFileError";
import { MaskedOutputs } from "./maskedOutputs";
import {
  type LayerConfig,
  type TensorReference,
  functionalGraph,
  isModel,
  readLayerConfig,
  sequentialLayers,
} from "./modelConfig";
import { uniqueNames } from "./names";
import { NORMALIZATIONS } from "./normalizations";
import { type LayerReader, PLAIN_LAYERS } from "./plainLayers";
import { recurrentLayers } from "./recurrentLayers";

/** A part of a model as Keras's files have it: a layer, or a model used as one. */
export interface Part {
  /** Keras 3's for the group of its weights. */
  name: string;
  /** The layer's own. */
  layer: string;
  slots: Slot[];
}

export interface BuiltModel {
  model: LayersModel;
  /** In Keras's order. */
  parts: () => Part[];
}

const READERS: Readonly<Record<string, LayerReader>> = {
  ...PLAIN_LAYERS,
  ...NORMALIZATIONS,
  ...recurrentLayers(readLayer),
};

/** Names of all classes that are read. */
export const LAYER_NAMES: readonly string[] = ["InputLayer", ...Object.keys(READERS), "Sequential", "Functional"];

/** @throws KerasFileError where a layer is not known, or does not fit. */
export function buildModel(config: LayerConfig, origin: Origin): BuiltModel {
  if (config.className === "Sequential") return buildSequential(config, origin);
  if (isModel(config)) return buildFunctional(config, origin);
  throw new KerasFileError(
    `its model is a ${config.className}, a class of its own`,
    "Build the model as keras.Sequential or keras.Model(inputs, outputs) and save it again.",
  );
}

function readLayer(layer: LayerConfig, origin: Origin): BuiltLayer {
  if (isModel(layer)) {
    const { model, parts } = buildModel(layer, origin);
    // A model has been called on its own inputs already.
    const slots = (): Slot[] => inModel(parts(), layer);
    return {
      single: model,
      slots,
      call: (inputs) => [model.apply(inputs.length === 1 ? inputs[0] : inputs)].flat() as SymbolicTensor[],
    };
  }
  const read = Object.hasOwn(READERS, layer.className) ? READERS[layer.className] : undefined;
  if (!read)
    throw new KerasFileError(
      `the layer "${layer.name}" is a ${layer.className}, which is not known`,
      `Build the model of other layers; these are read: ${LAYER_NAMES.join(", ")}.`,
    );
  return named(layer, () => read(layer, origin));
}

/** Slots of a model's parts as those of a layer. */
function inModel(parts: Part[], { config }: LayerConfig): Slot[] {
  return parts.flatMap(({ slots, name }) =>
    slots.map((slot) => ({
      ...slot,
      path: `layers/${name}/${slot.path}`,
      trainable: slot.trainable && config.trainable !== false,
    })),
  );
}

function buildSequential(config: LayerConfig, origin: Origin): BuiltModel {
  const given = sequentialLayers(config);
  const inputLayer = given.find(({ className }) => className === "InputLayer");
  const configs = given.filter((layer) => layer !== inputLayer);
  const first = makeInput(inputLayer?.name ?? `${config.name}_input`, inputShape(config));
  const masks = new MaskedOutputs();
  const built = configs.map((layer) => readLayer(layer, origin));
  let outputs = [first];
  configs.forEach((layer, i) => (outputs = called(layer, built[i], outputs, masks)));
  return {
    model: makeModel({ inputs: first, outputs, name: config.name }),
    parts: () => partsOf(configs, built),
  };
}

function buildFunctional(config: LayerConfig, origin: Origin): BuiltModel {
  const graph = functionalGraph(config);
  const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const built = new Map<string, BuiltLayer>();
  const outputs = new Map<string, SymbolicTensor[][]>();
  for (const layer of graph.layers) {
    if (layer.className === "InputLayer") outputs.set(layer.name, [[makeInput(layer.name, inputShape(layer))]]);
    else built.set(layer.name, readLayer(layer, origin));
  }
  const masks = new MaskedOutputs();
  const visiting = new Set<string>();
  const visit = ({ layer: name, call, output }: TensorReference): SymbolicTensor => {
    const layer = layers.get(name);
    const made = outputs.get(name) ?? [];
    outputs.set(name, made);
    if (!made[call]) {
      const inputs = layer?.calls[call];
      const reader = built.get(name);
      const key = `${name}:${call}`;
      if (!layer || !inputs || !reader || visiting.has(key))
        throw unreadable(`its model "${config.name}" refers to a call of "${name}" that is not there`);
      visiting.add(key);
      made[call] = called(layer, reader, inputs.map(visit), masks);
    }
    const tensor = made[call].at(output);
    if (!tensor) throw unreadable(`its model "${config.name}" refers to an output of "${name}" that is not there`);
    return tensor;
  };
  const ends = { inputs: graph.inputs.map(visit), outputs: graph.outputs.map(visit) };
  const configs = graph.layers;
  return {
    model: makeModel({ ...ends, name: config.name }),
    parts: () =>
      partsOf(
        configs,
        configs.map(({ name }) => built.get(name)),
      ),
  };
}

function partsOf(configs: readonly LayerConfig[], built: readonly (BuiltLayer | undefined)[]): Part[] {
  const names = uniqueNames(configs);
  return configs.map((layer, i) => ({ name: names[i], layer: layer.name, slots: built[i]?.slots() ?? [] }));
}

function called(
  layer: LayerConfig,
  built: BuiltLayer,
  inputs: SymbolicTensor[],
  masks: MaskedOutputs,
): SymbolicTensor[] {
  const outputs = named(layer, () => built.call(inputs));
  masks.watch(layer, inputs, outputs);
  return outputs;
}

/** What tfjs says against a layer, with the layer's name. */
function named<T>({ name, className }: LayerConfig, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KerasFileError) throw error;
    throw unreadable(
      `the layer "${name}" (${className}) cannot be built: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function makeInput(name: string, shape: readonly (number | null)[]): SymbolicTensor {
  return input({ name, batchShape: [null, ...shape.slice(1)], dtype: "float32" });
}

/** With the batch axis. */
function inputShape(layer: LayerConfig): (number | null)[] {
  const { config } = layer;
  const shape = config.batch_shape ?? config.batch_input_shape;
  if (isShape(shape)) return shape;
  if (layer.className === "Sequential") {
    if (isShape(config.build_input_shape)) return config.build_input_shape;
    const [first] = sequentialLayers(layer);
    if (first) return inputShape(first);
  } else if (isModel(layer)) {
    const { inputs, layers } = functionalGraph(layer);
    const first = layers.find(({ name }) => name === inputs[0]?.layer);
    if (first && inputs.length === 1) return inputShape(first);
  }
  throw new KerasFileError(
    `the shape of its input is not in it ("${layer.name}")`,
    "Give the model an Input(shape) and save it again.",
  );
}

function isShape(value: unknown): value is (number | null)[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((n) => n === null || (Number.isInteger(n) && Number(n) > 0))
  );
}

/** @throws KerasFileError */
export function readModel(config: unknown, origin: Origin): BuiltModel {
  return buildModel(readLayerConfig(config), origin);
}
