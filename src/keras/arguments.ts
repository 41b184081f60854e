/** A layer's configuration as the arguments of its twin in tfjs-layers. */
import { type Origin, plainActivation } from "./activations";
import { unsupported } from "./kerasFileError";
import type { LayerConfig } from "./modelConfig";

export type Arguments = Record<string, unknown>;

/** The values for which a layer of tfjs computes what Keras's does; the first one is said to the reader. */
export type Required = Readonly<Record<string, readonly unknown[]>>;

const ACTIVATIONS = new Set(["activation", "recurrent_activation"]);

/**
 * These settings under tfjs's names.
 *
 * @throws KerasFileError where tfjs cannot compute what one of them asks for.
 */
export function argumentsOf(layer: LayerConfig, keys: readonly string[], origin: Origin): Arguments {
  const chosen: Arguments = { name: layer.name };
  for (const key of keys) {
    const value = layer.config[key];
    if (value === undefined) continue;
    const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (ACTIVATIONS.has(key)) chosen[name] = plainActivation(value, layer, origin);
    else chosen[name] = key === "data_format" && typeof value === "string" ? camel(value) : value;
  }
  return chosen;
}

/** @throws KerasFileError where a setting is not one that tfjs computes. */
export function checkRequired(layer: LayerConfig, required: Required): void {
  for (const [key, allowed] of Object.entries(required)) {
    const value = layer.config[key];
    if (value === undefined || allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) continue;
    throw unsupported(layer, `${key}=${JSON.stringify(value)}`, `Build it with ${key}=${JSON.stringify(allowed[0])}`);
  }
}

function camel(text: string): string {
  return text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
