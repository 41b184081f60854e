/** Layers that merge arrays. Arrays of different shapes are repeated to a common one, as tfjs-layers does. */
import { contraction, maximum, minimum, product } from "./operands";
import { joined, sum } from "./linear";
import { l2Normalized } from "./normalization";
import type { Rule } from "./rule";
import type { Use } from "./use";

/** Of the same shape, all of them. */
function common({ graph, inputs, outputShape }: Use): number[] {
  return inputs.map((input) => graph.broadcast(input, outputShape));
}

export function added(use: Use): number {
  return use.graph.add(sum(use.inputs.length, 1), common(use), use.outputShape);
}

export function averaged(use: Use): number {
  return use.graph.add(sum(use.inputs.length, 1 / use.inputs.length), common(use), use.outputShape);
}

/** Two by two, from the first. */
function folded(use: Use, rule: Rule): number {
  return common(use).reduce((a, b) => use.graph.add(rule, [a, b], use.outputShape));
}

export const multiplied = (use: Use): number => folded(use, product());
export const greatest = (use: Use): number => folded(use, maximum());
export const least = (use: Use): number => folded(use, minimum());

export function concatenated({ config, graph, inputs, inputShapes, outputShape }: Use): number {
  const axis = (config["axis"] as number | undefined) ?? -1;
  const rule = joined(axis < 0 ? axis + outputShape.length + 1 : axis, inputShapes);
  return graph.add(rule, inputs, outputShape);
}

/** The product of vectors or matrices over one axis of each. */
export function dotted({ config, graph, inputs, inputShapes, outputShape }: Use): number {
  const given = config["axes"] as number | [number, number];
  const axes = inputShapes.map((shape, i) => {
    const axis = Array.isArray(given) ? given[i] : given;
    return axis < 0 ? axis + shape.length + 1 : axis;
  });
  const arrays = config["normalize"] === true ? inputs.map((x, i) => l2Normalized(graph, x, axes[i])) : inputs;
  // A vector is a matrix of one row, and k its other axis.
  const shapes = inputShapes.map((shape): [number, number] =>
    shape.length === 1 ? [1, shape[0]] : [shape[0], shape[1]],
  );
  const over = inputShapes.map((shape, i) => (shape.length === 1 ? 1 : axes[i] - 1));
  return graph.add(contraction([shapes[0], shapes[1]], [over[0], over[1]]), arrays, outputShape);
}
