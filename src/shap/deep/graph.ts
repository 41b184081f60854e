/** A model as a list of operations with a rule each, in the order of computation. */
import { type LayersModel, type SymbolicTensor, LayersModel as Model } from "@tensorflow/tfjs-layers";
import { UnsupportedLayerError } from "../unsupportedLayerError";
import { rulesOf, SUPPORTED_LAYERS } from "./layers";
import { type Rule, scoped } from "./rule";

/** One operation. The arrays between operations are numbered: 0 is the model's input. */
export interface Operation {
  rule: Rule;
  inputs: number[];
  output: number;
}

export interface Graph {
  operations: Operation[];
  /** Shape of each array, without the batch axis. */
  shapes: number[][];
  /** Number of the array that is the model's output. */
  output: number;
  /** Of each array, the last operation that reads it; Infinity of the output, which is never done with. */
  lastReaders: number[];
}

/**
 * Reads a model of one input and one output of rank 2.
 *
 * @throws UnsupportedLayerError where a layer has no rule. @throws RangeError where the model's form does not fit.
 */
export function readGraph(model: LayersModel): Graph {
  if (model.inputs.length !== 1) {
    throw new RangeError(`The model has ${model.inputs.length} inputs; models of one input can be explained.`);
  }
  if (model.outputs.length !== 1 || model.outputs[0].shape.length !== 2) {
    const shapes = model.outputs.map(({ shape }) => JSON.stringify(shape)).join(", ");
    throw new RangeError(`The model's output is ${shapes}; one output of shape [batch, outputs] can be explained.`);
  }
  const graph: Graph = { operations: [], shapes: [], output: 0, lastReaders: [] };
  const numbers = new Map<SymbolicTensor, number>();
  try {
    numbers.set(model.inputs[0], addArray(graph, model.inputs[0].shape));
    // What the rules need for good, they keep.
    graph.output = scoped(() => visit(model.outputs[0], graph, numbers));
    graph.operations.forEach(({ inputs }, at) => inputs.forEach((array) => (graph.lastReaders[array] = at)));
    graph.lastReaders[graph.output] = Infinity;
  } catch (error) {
    disposeGraph(graph);
    throw error;
  }
  return graph;
}

export function disposeGraph(graph: Graph): void {
  for (const { rule } of graph.operations) rule.dispose?.();
}

function addArray(graph: Graph, shape: (number | null)[]): number {
  return graph.shapes.push(fixedShape(shape)) - 1;
}

/** The number of the array of a symbolic tensor, computed after those that it needs. */
function visit(tensor: SymbolicTensor, graph: Graph, numbers: Map<SymbolicTensor, number>): number {
  const known = numbers.get(tensor);
  if (known !== undefined) return known;
  const layer = tensor.sourceLayer;
  const inputs = tensor.inputs.map((input) => visit(input, graph, numbers));
  let value: number;
  if (layer instanceof Model) {
    // A model used as a layer: its own graph, begun with our values.
    if (layer.outputs.length !== 1) {
      throw new UnsupportedLayerError(layer.name, layer.getClassName(), "it has several outputs", SUPPORTED_LAYERS);
    }
    const inner = new Map(layer.inputs.map((input, i) => [input, inputs[i]]));
    value = visit(layer.outputs[0], graph, inner);
  } else {
    const inputShapes = tensor.inputs.map(({ shape }) => fixedShape(shape));
    const rules = rulesOf(layer, inputShapes, fixedShape(tensor.shape));
    value = inputs[0];
    rules.forEach((rule, i) => {
      const output = addArray(graph, tensor.shape);
      graph.operations.push({ rule, inputs: i === 0 ? inputs : [value], output });
      value = output;
    });
  }
  numbers.set(tensor, value);
  return value;
}

/** A shape without its batch axis. */
function fixedShape(shape: (number | null)[]): number[] {
  return shape.slice(1).map((n) => {
    if (n === null) {
      throw new RangeError(`An array of the model has the shape ${JSON.stringify(shape)}; only the batch may vary.`);
    }
    return n;
  });
}
