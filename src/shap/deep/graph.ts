/** Reads a model: its layers' operations, in the order of computation. */
import { LayersModel as Model, type LayersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { UnsupportedLayerError } from "../unsupportedLayerError";
import { GraphBuilder, type Operation, readBy } from "./builder";
import { expand, SUPPORTED_LAYERS } from "./layers";
import { Masks } from "./masks";
import { type Rule, scoped } from "./rule";

export interface Graph {
  operations: Operation[];
  /** Shape of each array, without the batch axis. The arrays from 0 are the model's inputs. */
  shapes: number[][];
  /** How many inputs the model has. */
  inputs: number;
  /** Number of the array that is the model's output. */
  output: number;
  /** Of each array, the last operation that reads it; Infinity of the output, which is never done with. */
  lastReaders: number[];
}

/**
 * Reads a model of one output of rank 2.
 *
 * @param inputShapes of each input, without the batch axis: where the model leaves an axis open, they say how long it is.
 * @throws UnsupportedLayerError where a layer has no rule. @throws RangeError where the model's form does not fit.
 */
export function readGraph(model: LayersModel, inputShapes: readonly (readonly number[])[]): Graph {
  if (model.outputs.length !== 1 || model.outputs[0].shape.length !== 2) {
    const shapes = model.outputs.map(({ shape }) => JSON.stringify(shape)).join(", ");
    throw new RangeError(`The model's output is ${shapes}; one output of shape [batch, outputs] can be explained.`);
  }
  const builder = new GraphBuilder();
  try {
    const given = new Map(model.inputs.map((input, i) => [input, builder.array(inputShapes[i])]));
    // What the rules need for good, they keep.
    const output = scoped(() => new Reader(builder, given, new Masks()).visit(model.outputs[0]));
    const { operations, shapes } = builder;
    const lastReaders: number[] = [];
    operations.forEach((operation, at) => readBy(operation).forEach((array) => (lastReaders[array] = at)));
    lastReaders[output] = Infinity;
    return { operations, shapes, inputs: model.inputs.length, output, lastReaders };
  } catch (error) {
    disposeOperations(builder.operations);
    throw error;
  }
}

export function disposeGraph(graph: Graph): void {
  disposeOperations(graph.operations);
}

function disposeOperations(operations: Operation[]): void {
  // A rule may serve many operations: each step of a sequence.
  const rules = new Set<Rule>();
  for (const operation of operations) if (operation.kind === "computation") rules.add(operation.rule);
  for (const rule of rules) rule.dispose?.();
}

class Reader {
  constructor(
    readonly builder: GraphBuilder,
    /** The arrays that are known, of a model or of one used as a layer. */
    readonly numbers: Map<SymbolicTensor, number>,
    readonly masks: Masks,
  ) {}

  /** The number of the array of a symbolic tensor, computed after those that it needs. */
  visit(tensor: SymbolicTensor): number {
    const known = this.numbers.get(tensor);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const inputs = tensor.inputs.map((input) => this.visit(input));
    const outputs =
      layer instanceof Model
        ? // A model used as a layer: its own graph, begun with our values.
          this.#visitModel(layer, inputs)
        : expand(layer, inputs, this.builder, this.masks);
    const node = layer.inboundNodes[tensor.nodeIndex];
    node.outputTensors.forEach((output, i) => this.numbers.set(output, outputs[i]));
    const number = this.numbers.get(tensor);
    if (number === undefined) {
      throw new UnsupportedLayerError(layer.name, layer.getClassName(), "its output is not found", SUPPORTED_LAYERS);
    }
    return number;
  }

  #visitModel(model: LayersModel, inputs: number[]): number[] {
    const inner = new Map(model.inputs.map((input, i) => [input, inputs[i]]));
    const reader = new Reader(this.builder, inner, this.masks);
    return model.outputs.map((output) => reader.visit(output));
  }
}
