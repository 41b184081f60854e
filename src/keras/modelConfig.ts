/** The configuration that Keras saves with a model, Keras 2's and 3's in one form. */
import * as v from "valibot";
import { KerasFileError, unreadable } from "./kerasFileError";

export type Config = Readonly<Record<string, unknown>>;

/** A layer, or a model used as one. */
export interface LayerConfig {
  className: string;
  /** Unique within its model. */
  name: string;
  config: Config;
  /** How often, and on what, a functional model calls it. */
  calls: TensorReference[][];
}

/** One of the outputs of a call of a layer. */
export interface TensorReference {
  layer: string;
  call: number;
  output: number;
}

export interface FunctionalConfig {
  layers: LayerConfig[];
  inputs: TensorReference[];
  outputs: TensorReference[];
}

const MODELS = new Set(["Sequential", "Functional", "Model"]);
const OURS = /^keras(\.src)?(\.(layers|models)(\..+)?)?$|^tensorflow\.python\.keras|^tf_keras/;
const KEYWORDS_WITHOUT_EFFECT: Readonly<Record<string, unknown>> = { training: false };

const LayerJson = v.looseObject({
  class_name: v.string(),
  config: v.union([v.record(v.string(), v.unknown()), v.array(v.unknown())]),
  name: v.optional(v.string()),
  module: v.nullish(v.string()),
  inbound_nodes: v.optional(v.array(v.unknown()), []),
});
const FunctionalJson = v.object({
  layers: v.array(v.unknown()),
  input_layers: v.unknown(),
  output_layers: v.unknown(),
});
const Reference = v.tuple([
  v.string(),
  v.pipe(v.number(), v.integer(), v.minValue(0)),
  v.pipe(v.number(), v.integer(), v.minValue(0)),
]);
const Reference2 = v.tupleWithRest(Reference.items, v.unknown());
const Tensor = v.object({
  class_name: v.literal("__keras_tensor__"),
  config: v.looseObject({ keras_history: Reference }),
});
const Node3 = v.object({ args: v.array(v.unknown()), kwargs: v.record(v.string(), v.unknown()) });

/** Whether it is made of layers itself. */
export function isModel({ className }: LayerConfig): boolean {
  return MODELS.has(className);
}

/** @throws KerasFileError where it is no configuration of a layer, or of one that is not Keras's own. */
export function readLayerConfig(json: unknown): LayerConfig {
  const { class_name: className, config: given, module, ...rest } = checked(LayerJson, json, "a layer");
  // The oldest Sequential is a list of layers.
  const config: Config = Array.isArray(given) ? { layers: given } : given;
  const name = rest.name ?? (typeof config.name === "string" ? config.name : className.toLowerCase());
  if (className === "Lambda")
    throw new KerasFileError(
      `it has a Lambda layer, "${name}", which is code: it is not loaded`,
      "Replace the layer by ordinary ones and save the model again.",
    );
  if (module !== null && module !== undefined && !OURS.test(module)) throw notALayer(className, name, module);
  return { className, name, config, calls: rest.inbound_nodes.map((node) => readCall(node, name)) };
}

function notALayer(className: string, name: string, module: string): KerasFileError {
  if (module.startsWith("keras.src.ops"))
    return new KerasFileError(
      `"${name}" is the operation ${className} of keras.ops, not a layer`,
      "Write it as a layer, such as keras.layers.Add() for +, and save the model again.",
    );
  return new KerasFileError(
    `"${name}" is ${className} of ${module}, a layer of your own or of another package`,
    "Only Keras's own layers are read: replace it by those and save the model again.",
  );
}

/** The layers of a sequential model. */
export function sequentialLayers({ config }: LayerConfig): LayerConfig[] {
  return checked(v.array(v.unknown()), config.layers, "the layers of a Sequential").map(readLayerConfig);
}

/** The graph of a functional model. A call is counted from 0 in it, whoever wrote it. */
export function functionalGraph({ config, name }: LayerConfig): FunctionalConfig {
  const json = checked(FunctionalJson, config, `the model "${name}"`);
  const layers = json.layers.map(readLayerConfig);
  const models = new Set(layers.filter(isModel).map((layer) => layer.name));
  const byKeras2 = json.layers.some((layer) => checked(LayerJson, layer, "a layer").inbound_nodes.some(Array.isArray));
  const functionals = new Set(layers.filter((l) => isModel(l) && l.className !== "Sequential").map((l) => l.name));
  // Keras 2 gives a model used as a layer a call of its own, number 0; Keras 3 does so among inputs and outputs only.
  const inner = byKeras2 ? counted(models) : (reference: TensorReference) => reference;
  const ends = counted(byKeras2 ? models : functionals);
  return {
    layers: layers.map((layer) => ({ ...layer, calls: layer.calls.map((call) => call.map(inner)) })),
    inputs: readEnds(json.input_layers, name).map(ends),
    outputs: readEnds(json.output_layers, name).map(ends),
  };
}

function counted(fromOne: ReadonlySet<string>): (reference: TensorReference) => TensorReference {
  return (reference) =>
    fromOne.has(reference.layer) ? { ...reference, call: Math.max(0, reference.call - 1) } : reference;
}

/** `["name", 0, 0]`, a list of these, or an object of them. */
function readEnds(json: unknown, model: string): TensorReference[] {
  const one = v.safeParse(Reference, json);
  if (one.success) return [reference(one.output)];
  if (typeof json === "object" && json !== null) return Object.values(json).flatMap((part) => readEnds(part, model));
  throw unreadable(`the inputs or outputs of its model "${model}" are not named`);
}

function readCall(node: unknown, layer: string): TensorReference[] {
  if (Array.isArray(node)) {
    return node.map((input) => {
      const [name, call, output, keywords] = checked(Reference2, input, `a call of "${layer}"`);
      if (typeof keywords === "object" && keywords !== null) checkKeywords({ ...keywords }, layer);
      return reference([name, call, output]);
    });
  }
  const { args, kwargs } = checked(Node3, node, `a call of "${layer}"`);
  const { initial_state: state, ...others } = kwargs;
  checkKeywords(others, layer);
  return [...tensors(args), ...tensors(state)];
}

/** What a layer is told with a call changes what it computes, but for what is said to be the default. */
function checkKeywords(keywords: Config, layer: string): void {
  for (const [name, value] of Object.entries(keywords)) {
    if (value === null || value === undefined || KEYWORDS_WITHOUT_EFFECT[name] === value) continue;
    throw new KerasFileError(
      `"${layer}" is called with ${name}, which is not read`,
      `Call it without ${name} and save the model again.`,
    );
  }
}

function tensors(json: unknown): TensorReference[] {
  const tensor = v.safeParse(Tensor, json);
  if (tensor.success) return [reference(tensor.output.config.keras_history)];
  return Array.isArray(json) ? json.flatMap(tensors) : [];
}

function reference([layer, call, output]: v.InferOutput<typeof Reference>): TensorReference {
  return { layer, call, output };
}

function checked<const S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw unreadable(`its configuration of ${what} cannot be read (${result.issues[0].message})`);
}
