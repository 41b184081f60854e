/** Recurrent layers: unrolled into the operations of each step, so that the rules of the parts add up. */
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { RNN } from "@tensorflow/tfjs-layers";
import type { GraphBuilder } from "./builder";
import { affine, difference, joined, sum } from "./linear";
import { convolution, matrix } from "./matrix";
import { product } from "./operands";
import type { Rule } from "./rule";
import { geometry } from "./spatial";
import { activationOf, bias, type Layer, unsupported, type Use, weight } from "./use";

/** One step: the new states, the output first, from the step's input and the states; undefined is a state of zeros. */
type Step = (x: number, states: (number | undefined)[]) => number[];

interface Cell {
  step: Step;
  /** How many states it has. */
  states: number;
}

/** What a recurrent layer computes. */
interface Unrolled {
  /** Outputs of the steps, in the order of the steps. */
  outputs: number[];
  /** After the last step. */
  states: number[];
}

/** SimpleRNN, GRU, LSTM, ConvLSTM2D and RNN with cells of these. @returns its outputs' arrays. */
export function recurrent(use: Use): number[] {
  const { layer, config, graph, outputShape } = use;
  const unrolled = unroll(layer, use, use.inputs.slice(1));
  const y =
    config["returnSequences"] === true ? stack(graph, unrolled.outputs, outputShape) : unrolled.outputs.slice(-1)[0];
  return config["returnState"] === true ? [y, ...unrolled.states] : [y];
}

/** Two layers, of which one reads backwards. */
export function bidirectional(use: Use): number[] {
  const { layer, graph } = use;
  const [ahead, back] = [innerLayer(layer, "forwardLayer"), innerLayer(layer, "backwardLayer")];
  const states = use.inputs.slice(1);
  const [first, second] = [
    unroll(ahead, use, states.slice(0, states.length / 2)),
    unroll(back, use, states.slice(states.length / 2)),
  ];
  const config = ahead.getConfig();
  // What reads backwards is turned round.
  const results = [first.outputs, second.outputs.toReversed()].map((outputs, i) => {
    if (config["returnSequences"] !== true) return [first, second][i].outputs.slice(-1)[0];
    const shape = [outputs.length, ...graph.shapes[outputs[0]]];
    return stack(graph, outputs, shape);
  });
  const merged = merge(use, results);
  return config["returnState"] === true ? [...merged, ...first.states, ...second.states] : merged;
}

function merge({ layer, graph }: Use, results: number[]): number[] {
  const shape = graph.shapes[results[0]];
  const mode = "mergeMode" in layer ? layer.mergeMode : "concat";
  if (mode === null) return results;
  if (mode === "sum") return [graph.add(sum(2, 1), results, shape)];
  if (mode === "ave") return [graph.add(sum(2, 0.5), results, shape)];
  if (mode === "mul") return [graph.add(product(), results, shape)];
  if (mode !== "concat") throw unsupported(layer, `its mode of merging is ${JSON.stringify(mode)}`);
  const rule = joined(shape.length, [shape, shape]);
  return [graph.add(rule, results, [...shape.slice(0, -1), 2 * (shape.at(-1) ?? 1)])];
}

function innerLayer(wrapper: Layer, name: "forwardLayer" | "backwardLayer"): Layer {
  const inner = name in wrapper ? (wrapper as Layer & Record<typeof name, unknown>)[name] : undefined;
  if (!(inner instanceof RNN)) throw unsupported(wrapper, "what it wraps is no recurrent layer");
  return inner;
}

function unroll(layer: Layer, { graph, inputs: [x], masks }: Use, initial: number[]): Unrolled {
  if (!(layer instanceof RNN)) throw unsupported(layer, "it is no recurrent layer");
  const config = layer.getConfig();
  if (config["stateful"] === true) throw unsupported(layer, "it is stateful: its output depends on what came before");
  const [steps, ...shape] = graph.shapes[x];
  const mask = masks.of(x);
  if (mask === undefined && masks.exist) {
    throw unsupported(
      layer,
      "it has no mask, but stands in a model with masks, and tfjs gives it one of those by mistake",
    );
  }
  if (mask !== undefined && shape.length > 1) throw unsupported(layer, "it has a mask, and images as inputs");
  const ones = Array.from({ length: steps }, () => 1);
  const [xs, kept] = [graph.split(x, 0, ones, shape), mask === undefined ? [] : graph.split(mask, 0, ones, [1])];
  const cell = cellOf(layer.cell, graph);
  let states: (number | undefined)[] =
    initial.length > 0 ? initial : Array.from({ length: cell.states }, () => undefined);
  const outputs: number[] = [];
  const order = config["goBackwards"] === true ? [...ones.keys()].toReversed() : [...ones.keys()];
  for (const step of order) {
    const next = cell.step(xs[step], states);
    states = mask === undefined ? next : next.map((state, i) => masked(graph, state, states[i], kept[step]));
    outputs.push(states[0] as number);
  }
  return { outputs, states: states as number[] };
}

/** Where the mask is 0, the state stays what it was: before + mask * (state - before). */
function masked(graph: GraphBuilder, state: number, before: number | undefined, mask: number): number {
  const shape = graph.shapes[state];
  const repeated = graph.broadcast(mask, shape);
  if (before === undefined) return graph.add(product(), [state, repeated], shape);
  const change = graph.add(difference(), [state, before], shape);
  return graph.add(sum(2, 1), [before, graph.add(product(), [change, repeated], shape)], shape);
}

/** Outputs of steps as one array, [steps, ...]. */
export function stack(graph: GraphBuilder, outputs: number[], shape: readonly number[]): number {
  const parts = outputs.map((output) => graph.reshape(output, [1, ...graph.shapes[output]]));
  return graph.add(
    joined(
      1,
      parts.map((part) => graph.shapes[part]),
    ),
    parts,
    shape,
  );
}

function cellOf(cell: Layer, graph: GraphBuilder): Cell {
  switch (cell.getClassName()) {
    case "SimpleRNNCell":
      return { states: 1, step: simpleStep(cell, graph) };
    case "GRUCell":
      return { states: 1, step: gruStep(cell, graph) };
    // src/keras defines it.
    case "ResetAfterGRUCell":
      return { states: 1, step: resetAfterStep(cell, graph) };
    case "LSTMCell":
      return { states: 2, step: lstmStep(cell, graph, dense(cell)) };
    case "ConvLSTM2DCell":
      return { states: 2, step: lstmStep(cell, graph, convolutional(cell)) };
    case "StackedRNNCells":
      return stacked(cell, graph);
    default:
      throw unsupported(cell, "cells of this class have no rule");
  }
}

/** Each cell reads the output of the one before. The last cell's states come first, as in tfjs-layers. */
function stacked(cell: Layer, graph: GraphBuilder): Cell {
  const inner = "cells" in cell && Array.isArray(cell.cells) ? (cell.cells as Layer[]) : [];
  const cells = inner.map((one) => cellOf(one, graph));
  const states = cells.reduce((count, one) => count + one.states, 0);
  const step: Step = (x, given) => {
    let [end, input] = [states, x];
    const next = cells.map((one) => {
      const made = one.step(input, given.slice(end - one.states, end));
      end -= one.states;
      input = made[0];
      return made;
    });
    return next.toReversed().flat();
  };
  return { states, step };
}

/** Rules of a cell's activations, by the name of the setting; each serves every step. */
function applied(cell: Layer, graph: GraphBuilder) {
  const config = cell.getConfig();
  const size = Number(config["units"] ?? config["filters"]);
  const rules = {
    activation: activationOf(cell, config["activation"], size),
    recurrentActivation: activationOf(cell, config["recurrentActivation"], size),
  };
  return (name: keyof typeof rules, z: number): number => graph.chain(rules[name], [z], graph.shapes[z]);
}

/** The two linear maps of a cell. */
interface Maps {
  /** Of the step's input, with the bias. */
  input: (x: readonly number[]) => { rule: Rule; shape: number[] };
  /** Of the state. */
  recurrent: (h: readonly number[]) => Rule;
}

function dense(cell: Layer): Maps {
  const [kernel, recurrentKernel] = [weight<Tensor2D>(cell, "kernel"), weight<Tensor2D>(cell, "recurrent_kernel")];
  const units = kernel.shape[1];
  const rules = [matrix(kernel, bias(cell), units), matrix(recurrentKernel, undefined, units)];
  return { input: () => ({ rule: rules[0], shape: [units] }), recurrent: () => rules[1] };
}

function convolutional(cell: Layer): Maps {
  const config = cell.getConfig();
  if (config["dataFormat"] === "channelsFirst")
    throw unsupported(cell, "its channels come first, which tfjs cannot compute");
  const [kernel, recurrentKernel] = [weight<Tensor4D>(cell, "kernel"), weight<Tensor4D>(cell, "recurrent_kernel")];
  let known: { rule: Rule; shape: number[] } | undefined;
  let ofState: Rule | undefined;
  return {
    input(x) {
      if (known) return known;
      const { strides, padding, dilation } = geometry({ config, inputShapes: [[...x]], outputShape: [...x] });
      const spread = kernel.shape.slice(0, 2).map((length, i) => (length - 1) * dilation[i] + 1);
      const space = spread.map((length, i) => Math.ceil((x[i] - (padding === "same" ? 0 : length - 1)) / strides[i]));
      const outputShape: [number, number, number] = [space[0], space[1], kernel.shape[3]];
      const inputShape: [number, number, number] = [x[0], x[1], x[2]];
      const rule = convolution({ kernel, bias: bias(cell), inputShape, outputShape, strides, padding, dilation });
      return (known = { rule, shape: outputShape });
    },
    recurrent: (h) =>
      (ofState ??= convolution({
        kernel: recurrentKernel,
        bias: undefined,
        inputShape: [h[0], h[1], h[2]],
        outputShape: [h[0], h[1], recurrentKernel.shape[3]],
        strides: [1, 1],
        padding: "same",
        dilation: [1, 1],
      })),
  };
}

/** h = activation(x W + h U + b). */
function simpleStep(cell: Layer, graph: GraphBuilder): Step {
  const [maps, act] = [dense(cell), applied(cell, graph)];
  return (x, [h]) => [act("activation", mapped(graph, maps, x, h))];
}

/** x W + b, and h U where there is an h. */
function mapped(graph: GraphBuilder, maps: Maps, x: number, h: number | undefined): number {
  const { rule, shape } = maps.input(graph.shapes[x]);
  const z = graph.add(rule, [x], shape);
  if (h === undefined) return z;
  return graph.add(sum(2, 1), [z, graph.add(maps.recurrent(graph.shapes[h]), [h], shape)], shape);
}

/** c = f * c + i * g and h = o * activation(c), of vectors or images. */
function lstmStep(cell: Layer, graph: GraphBuilder, maps: Maps): Step {
  const act = applied(cell, graph);
  return (x, [h, c]) => {
    const z = mapped(graph, maps, x, h);
    const shape = graph.shapes[z];
    const axis = shape.length - 1;
    const units = shape[axis] / 4;
    const [i, f, g, o] = graph.split(z, axis, [units, units, units, units]);
    const state = graph.shapes[i];
    const fresh = graph.add(product(), [act("recurrentActivation", i), act("activation", g)], state);
    const kept = c === undefined ? [] : [graph.add(product(), [act("recurrentActivation", f), c], state)];
    const next = kept.length === 0 ? fresh : graph.add(sum(2, 1), [...kept, fresh], state);
    const y = graph.add(product(), [act("recurrentActivation", o), act("activation", next)], state);
    return [y, next];
  };
}

/** h = z * h + (1 - z) * activation(x W + (r * h) U + b). */
function gruStep(cell: Layer, graph: GraphBuilder): Step {
  const act = applied(cell, graph);
  const kernel = weight<Tensor2D>(cell, "kernel");
  const recurrentKernel = weight<Tensor2D>(cell, "recurrent_kernel");
  const units = kernel.shape[1] / 3;
  const [gates, candidate] = tf.split(recurrentKernel, [2 * units, units], 1).map((part) => tf.keep(part));
  const ofInput = matrix(kernel, bias(cell), 3 * units);
  const ofState = owning(matrix(gates as Tensor2D, undefined, 2 * units), gates);
  const ofReset = owning(matrix(candidate as Tensor2D, undefined, units), candidate);
  const plus = (a: number, b: number): number => graph.add(sum(2, 1), [a, b], [units]);
  return (x, [h]) => {
    const [xz, xr, xh] = graph.split(graph.add(ofInput, [x], [3 * units]), 0, [units, units, units]);
    if (h === undefined) {
      const hh = act("activation", xh);
      return [blended(graph, act("recurrentActivation", xz), hh, undefined)];
    }
    const [hz, hr] = graph.split(graph.add(ofState, [h], [2 * units]), 0, [units, units]);
    const [z, r] = [act("recurrentActivation", plus(xz, hz)), act("recurrentActivation", plus(xr, hr))];
    const reset = graph.add(product(), [r, h], [units]);
    const hh = act("activation", plus(xh, graph.add(ofReset, [reset], [units])));
    return [blended(graph, z, hh, h)];
  };
}

/** z * h + (1 - z) * candidate, as candidate + z * (h - candidate); undefined is a state of zeros. */
function blended(graph: GraphBuilder, z: number, candidate: number, h: number | undefined): number {
  const shape = graph.shapes[z];
  if (h === undefined) return graph.add(difference(), [candidate, graph.add(product(), [z, candidate], shape)], shape);
  const change = graph.add(difference(), [h, candidate], shape);
  return graph.add(sum(2, 1), [candidate, graph.add(product(), [z, change], shape)], shape);
}

/** h = z * h + (1 - z) * activation(x W + b + r * (h U + c)). */
function resetAfterStep(cell: Layer, graph: GraphBuilder): Step {
  const act = applied(cell, graph);
  const kernel = weight<Tensor2D>(cell, "kernel");
  const units = kernel.shape[1] / 3;
  const biases = bias(cell);
  const [ofX, ofH] = biases ? tf.unstack(biases).map((row) => tf.keep(row)) : [];
  const ofInput = owning(matrix(kernel, ofX, 3 * units), ofX);
  const ofState = owning(matrix(weight<Tensor2D>(cell, "recurrent_kernel"), ofH, 3 * units), ofH);
  // Of a state of zeros, the bias is left of its product.
  const [cz, cr, ch] = ofH ? tf.split(ofH, 3) : [];
  const first = ofH && {
    z: owning(
      affine((z) => tf.add(z, cz), [units]),
      tf.keep(cz),
    ),
    r: owning(
      affine((r) => tf.add(r, cr), [units]),
      tf.keep(cr),
    ),
    candidate: owning(
      affine((r) => tf.mul(r, ch), [units]),
      tf.keep(ch),
    ),
  };
  const on = (rule: Rule, x: number): number => graph.add(rule, [x], [units]);
  const plus = (a: number, other: number): number => graph.add(sum(2, 1), [a, other], [units]);
  const thirds = (z: number): number[] => graph.split(z, 0, [units, units, units]);
  const gate = (z: number): number => act("recurrentActivation", z);
  return (x, [h]) => {
    const [xz, xr, xh] = thirds(graph.add(ofInput, [x], [3 * units]));
    if (h === undefined) {
      const reset = first && on(first.candidate, gate(on(first.r, xr)));
      const hh = act("activation", reset === undefined ? xh : plus(xh, reset));
      return [blended(graph, gate(first ? on(first.z, xz) : xz), hh, undefined)];
    }
    const [hz, hr, hh] = thirds(graph.add(ofState, [h], [3 * units]));
    const [z, r] = [gate(plus(xz, hz)), gate(plus(xr, hr))];
    const candidate = act("activation", plus(xh, graph.add(product(), [r, hh], [units])));
    return [blended(graph, z, candidate, h)];
  };
}

/** A rule that also frees a tensor that was made for it. */
function owning(rule: Rule, tensor: tf.Tensor | undefined): Rule {
  if (!tensor) return rule;
  return {
    ...rule,
    dispose() {
      rule.dispose?.();
      tensor.dispose();
    },
  };
}
