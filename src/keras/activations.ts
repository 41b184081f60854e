/** Activation functions: those of tfjs under Keras's names, and those that are composed of layers. */
import { type SymbolicTensor, layers } from "@tensorflow/tfjs-layers";
import { unsupported } from "./kerasFileError";
import type { LayerConfig } from "./modelConfig";

/** What reading a layer depends on besides its configuration. */
export interface Origin {
  /** Keras changed what some names mean between 2 and 3. */
  majorVersion: number;
}

const PLAIN: Readonly<Record<string, string>> = {
  linear: "linear",
  relu: "relu",
  relu6: "relu6",
  elu: "elu",
  selu: "selu",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softplus: "softplus",
  softsign: "softsign",
  softmax: "softmax",
  log_softmax: "logSoftmax",
  gelu: "gelu",
  swish: "swish",
  silu: "swish",
  mish: "mish",
};

type Apply = (x: SymbolicTensor) => SymbolicTensor;

/** Of a name for the layers: layers that compute together what tfjs has no function for. */
const COMPOSED: Readonly<Record<string, (name: string) => Apply>> = {
  leaky_relu: (name) => applying(layers.leakyReLU({ name, alpha: 0.2 })),
  hard_sigmoid: (name) => hardSigmoid(name),
  hard_silu: (name) => hardSilu(name),
  hard_swish: (name) => hardSilu(name),
};

/** Names of all activations that are read, for the list of them. */
export const ACTIVATION_NAMES: readonly string[] = [...Object.keys(PLAIN), ...Object.keys(COMPOSED)];

/**
 * Keras's name of an activation; undefined where it is none by name.
 *
 * @param value a name, or Keras 3's object for a function.
 */
export function activationName(value: unknown): string | undefined {
  if (value === null || value === undefined) return "linear";
  if (typeof value === "string") return value;
  if (typeof value !== "object" || !("config" in value)) return undefined;
  return typeof value.config === "string" ? value.config : undefined;
}

/** tfjs's name of it. @throws KerasFileError where tfjs has no such function. */
export function plainActivation(value: unknown, layer: LayerConfig, { majorVersion }: Origin): string {
  const name = activationName(value);
  if (name === "hard_sigmoid" && majorVersion < 3) return "hardSigmoid";
  const plain = name === undefined ? undefined : PLAIN[name];
  if (plain !== undefined) return plain;
  throw unsupported(
    layer,
    name === undefined ? "an activation of its own" : `the activation ${name}`,
    `Take one of ${Object.keys(PLAIN).join(", ")}`,
  );
}

/** The layers for an activation that has to be composed; undefined where a function of tfjs does. */
export function composedActivation(value: unknown, layer: LayerConfig, { majorVersion }: Origin): Apply | undefined {
  const name = activationName(value);
  if (name === undefined || (name === "hard_sigmoid" && majorVersion < 3)) return undefined;
  return COMPOSED[name]?.(`${layer.name}/${name}`);
}

/** Keras 3's: relu6(x + 3) / 6. That of Keras 2, and of tfjs, has another slope. */
function hardSigmoid(name: string): Apply {
  const shift = layers.rescaling({ name: `${name}_shift`, scale: 1, offset: 3 });
  const bound = layers.activation({ name: `${name}_bound`, activation: "relu6" });
  const scale = layers.rescaling({ name, scale: 1 / 6, offset: 0 });
  return (x) => apply(scale, apply(bound, apply(shift, x)));
}

function hardSilu(name: string): Apply {
  const gate = hardSigmoid(`${name}_gate`);
  const product = layers.multiply({ name });
  return (x) => apply(product, [x, gate(x)]);
}

function applying(layer: layers.Layer): Apply {
  return (x) => apply(layer, x);
}

/** A layer of one output, called while a model is built. */
export function apply(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  layer.setFastWeightInitDuringBuild(true);
  return layer.apply(x) as SymbolicTensor;
}
