/** A layer as it stands in a model, and what rules read of it. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { type layers as layersNamespace, layers as make } from "@tensorflow/tfjs-layers";
import { UnsupportedLayerError } from "../unsupportedLayerError";
import type { GraphBuilder } from "./builder";
import { elementwise } from "./elementwise";
import type { Masks } from "./masks";
import type { Rule } from "./rule";
import { logSoftmax, softmax } from "./softmax";

export type Layer = layersNamespace.Layer;

/** Shapes are without the batch axis. */
export interface Use {
  layer: Layer;
  /** What the layer was made with. */
  config: Record<string, unknown>;
  /** Numbers of the arrays that it reads. */
  inputs: number[];
  inputShapes: number[][];
  outputShape: number[];
  graph: GraphBuilder;
  masks: Masks;
}

export function unsupported(layer: Layer, why: string): UnsupportedLayerError {
  return new UnsupportedLayerError(layer.name, layer.getClassName(), why, []);
}

/** Passes its input through the layer itself. */
export const through =
  ({ layer }: Use) =>
  (input: Tensor): Tensor =>
    layer.apply(input) as Tensor;

/** The weight whose name ends so: `dense/kernel`. */
export function findWeight(layer: Layer, name: string): Tensor | undefined {
  const found = layer.weights.find((weight) => weight.originalName.split("/").pop() === name);
  return found?.read();
}

export function weight<T extends Tensor>(layer: Layer, name: string): T {
  const found = findWeight(layer, name);
  if (!found) throw unsupported(layer, `its weight "${name}" is missing`);
  return found as T;
}

export function bias(layer: Layer): Tensor | undefined {
  return findWeight(layer, "bias");
}

/** The activation that a layer was made with, as rules of its own. */
export function activation({ layer, config, outputShape }: Use): Rule[] {
  return activationOf(layer, config["activation"], outputShape.at(-1) ?? 1);
}

/** @param size length of the last axis, which a softmax normalizes. */
export function activationOf(layer: Layer, name: unknown = "linear", size: number): Rule[] {
  if (typeof name !== "string") throw unsupported(layer, "its activation has no name");
  if (name === "linear") return [];
  if (name === "softmax") return [softmax(size)];
  if (name === "logSoftmax") return [logSoftmax(size)];
  const applied = make.activation({ activation: name as never });
  return [elementwise((z) => applied.apply(z) as Tensor)];
}
