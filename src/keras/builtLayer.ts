/** A layer of Keras's as layers of tfjs, and where its weights stand in a file. */
import type { SymbolicTensor, layers } from "@tensorflow/tfjs-layers";
import { tensor } from "@tensorflow/tfjs-core";

/** One variable of Keras's. */
export interface Slot {
  /** Where Keras 3 keeps it, below the layer's own place: "vars/0", "cell/vars/1". */
  path: string;
  shape: readonly number[];
  /** Whether training would change it, by its kind and the layer's setting: files of Keras 2 have these first. */
  trainable: boolean;
  /** Takes its value; undefined where nothing depends on it. */
  write?: (values: Float32Array) => void;
}

export interface BuiltLayer {
  /** Calls it on symbolic tensors, again where it is shared. */
  call: (inputs: SymbolicTensor[]) => SymbolicTensor[];
  /** Its variables in Keras's order of creation, once it has been called. */
  slots: () => Slot[];
  /** Where it is one layer of tfjs. */
  single?: layers.Layer;
}

export type Variable = layers.Layer["weights"][number];

/** @param setting the layer's `trainable`. */
export function slotOf(variable: Variable, path: string, setting: unknown): Slot {
  return {
    path,
    shape: knownShape(variable),
    trainable: variable.trainable && setting !== false,
    write: (values) => assign(variable, values),
  };
}

/** A layer of tfjs with variables in Keras's order. */
export function builtFrom(
  layer: layers.Layer,
  setting: unknown,
  paths: (at: number) => string = (at) => `vars/${at}`,
): BuiltLayer {
  return {
    single: layer,
    call: (inputs) => calling(layer, inputs),
    slots: () => layer.weights.map((variable, at) => slotOf(variable, paths(at), setting)),
  };
}

/** Calls a layer, which is built then: without drawing weights that a file has. */
export function calling(layer: layers.Layer, inputs: SymbolicTensor[]): SymbolicTensor[] {
  layer.setFastWeightInitDuringBuild(true);
  const outputs = layer.apply(inputs.length === 1 ? inputs[0] : inputs) as SymbolicTensor | SymbolicTensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** Gives a variable its values. */
export function assign(variable: Variable, values: Float32Array): void {
  const value = tensor(values, knownShape(variable));
  variable.write(value);
  value.dispose();
}

function knownShape({ shape }: Variable): number[] {
  return shape.map((n) => n ?? 0);
}
