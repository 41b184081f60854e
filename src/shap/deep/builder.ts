/** A model as a list of operations with a rule each, in the order of computation; and how layers add theirs. */
import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../../protocol/ndArray";
import { broadcast, identity } from "./linear";
import type { Rule } from "./rule";

/** The arrays between operations are numbered; the model's inputs come first. */
export type Operation = Computation | Split;

export interface Computation {
  kind: "computation";
  rule: Rule;
  inputs: number[];
  output: number;
}

/** An array cut along one axis: its parts are arrays of their own. */
export interface Split {
  kind: "split";
  input: number;
  outputs: number[];
  /** Without the batch axis. */
  axis: number;
  /** Along that axis, of each part. */
  lengths: number[];
}

export function readBy(operation: Operation): number[] {
  return operation.kind === "split" ? [operation.input] : operation.inputs;
}

export function madeBy(operation: Operation): number[] {
  return operation.kind === "split" ? operation.outputs : [operation.output];
}

export class GraphBuilder {
  readonly operations: Operation[] = [];
  /** Shape of each array, without the batch axis. */
  readonly shapes: number[][] = [];

  /** A new array, that an operation or the model's caller fills. */
  array(shape: readonly number[]): number {
    return this.shapes.push([...shape]) - 1;
  }

  /** @returns the number of the operation's output. */
  add(rule: Rule, inputs: number[], shape: readonly number[]): number {
    const output = this.array(shape);
    this.operations.push({ kind: "computation", rule, inputs, output });
    return output;
  }

  /** Rules one after the other, each with an output of the same shape. */
  chain(rules: Rule[], inputs: number[], shape: readonly number[]): number {
    return rules.reduce((given, rule) => [this.add(rule, given, shape)], inputs)[0];
  }

  /** Parts of an array along an axis, which counts no batch axis. `shape` is that of a part, where it is another one. */
  split(input: number, axis: number, lengths: number[], shape?: readonly number[]): number[] {
    const whole = this.shapes[input];
    const outputs = lengths.map((length) => this.array(shape ?? whole.with(axis, length)));
    this.operations.push({ kind: "split", input, outputs, axis, lengths });
    return outputs;
  }

  reshape(input: number, shape: readonly number[]): number {
    return tf.util.arraysEqual(this.shapes[input], [...shape]) ? input : this.add(identity(), [input], shape);
  }

  /** Repeats what is of length 1, after axes of length 1 were put before the others, where `shape` has more axes. */
  broadcast(input: number, shape: readonly number[]): number {
    const own = this.shapes[input];
    const from = [...Array.from({ length: shape.length - own.length }, () => 1), ...own];
    const array = this.reshape(input, from);
    return tf.util.arraysEqual(from, [...shape]) ? array : this.add(broadcast(from, shape), [array], shape);
  }

  /** Numbers of an array in one row. */
  units(array: number): number {
    return sizeOf(this.shapes[array]);
  }
}
