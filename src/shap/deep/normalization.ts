/** Layers that normalize. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { elementwiseBy } from "./elementwise";
import { affine, linearMap, permuted, scaled } from "./linear";
import { product } from "./operands";
import type { GraphBuilder } from "./builder";
import type { Rule } from "./rule";
import { softmax } from "./softmax";
import { findWeight, through, unsupported, type Use, weight } from "./use";

/** y = gamma * (x - moving mean) / sqrt(moving variance + epsilon) + beta, channel by channel. */
export function batchNormalization(use: Use): Rule {
  const { config, layer, outputShape } = use;
  const axis = (config["axis"] as number | undefined) ?? -1;
  // What tfjs computes on another axis depends on the backend; it is affine in any case.
  if (axis !== -1 && axis !== outputShape.length) return affine(through(use), outputShape);
  const variance = weight(layer, "moving_variance").dataSync();
  const gamma = findWeight(layer, "gamma")?.dataSync();
  const epsilon = (config["epsilon"] as number | undefined) ?? 1e-3;
  const scale = Float32Array.from({ length: tf.util.sizeFromShape(outputShape) }, (_, unit) => {
    const channel = unit % variance.length;
    return (gamma?.[channel] ?? 1) / Math.sqrt(variance[channel] + epsilon);
  });
  return scaled(through(use), scale);
}

/** y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over some axes of each row. */
export function layerNormalization({ layer, config, graph, inputs: [x], outputShape: shape }: Use): number {
  const axes = [config["axis"] ?? -1].flat().map((axis) => ((axis as number) + shape.length + 1) % (shape.length + 1));
  const epsilon = (config["epsilon"] as number | undefined) ?? 1e-3;
  const centre = (z: Tensor): Tensor => tf.sub(z, tf.mean(z, axes, true));
  // Taking away the mean is its own transpose.
  const centred = graph.add(linearMap(centre, centre, shape), [x], shape);
  const variance = mean(graph, graph.add(square(), [centred], shape), axes);
  const inverse = graph.add(inverseRoot(epsilon), [variance], graph.shapes[variance]);
  const normal = graph.add(product(), [centred, graph.broadcast(inverse, shape)], shape);
  const parameters = [1, ...shape].map((length, axis) => (axes.includes(axis) ? length : 1));
  const [gamma, beta] = ["gamma", "beta"].map((name) => findWeight(layer, name));
  const scale = (z: Tensor): Tensor => (gamma ? tf.mul(z, tf.reshape(gamma, parameters)) : z);
  const shift = (z: Tensor): Tensor => (beta ? tf.add(z, tf.reshape(beta, parameters)) : z);
  return graph.add(
    linearMap((z) => shift(scale(z)), scale, shape),
    [normal],
    shape,
  );
}

/** x / sqrt(max(sum of squares, 1e-12)) over one axis, which counts the batch axis. As tfjs-layers' Dot with `normalize`. */
export function l2Normalized(graph: GraphBuilder, x: number, axis: number): number {
  const shape = graph.shapes[x];
  const squares = graph.add(square(), [x], shape);
  const sum = mean(graph, squares, [axis], shape[axis - 1]);
  const inverse = graph.add(inverseRoot(0, 1e-12), [sum], graph.shapes[sum]);
  return graph.add(product(), [x, graph.broadcast(inverse, shape)], shape);
}

/** The mean over axes, which count the batch axis, kept with length 1; times a number. */
function mean(graph: GraphBuilder, x: number, axes: number[], times = 1): number {
  const shape = graph.shapes[x];
  const share = times / axes.reduce((count, axis) => count * shape[axis - 1], 1);
  const kept = shape.map((length, axis) => (axes.includes(axis + 1) ? 1 : length));
  const repeats = [1, ...shape.map((length, axis) => length / kept[axis])];
  const rule = linearMap(
    (z) => tf.mul(tf.sum(z, axes, true), share),
    (y) => tf.mul(tf.tile(y, repeats), share),
    kept,
  );
  return graph.add(rule, [x], kept);
}

function square(): Rule {
  return elementwiseBy(
    (z) => tf.square(z),
    (z, _y, z0) => z + z0,
  );
}

/** y = 1 / sqrt(max(z, least) + epsilon). */
function inverseRoot(epsilon: number, least = -Infinity): Rule {
  return elementwiseBy(
    (z) => tf.rsqrt(tf.add(least === -Infinity ? z : tf.maximum(z, least), epsilon)),
    (z, y, z0, y0) => {
      if (Math.min(z, z0) >= least) return -(y * y * y0 * y0) / (y + y0);
      return z === z0 ? 0 : (y - y0) / (z - z0);
    },
  );
}

/** The softmax layer, over the last axis or several. @returns the output's array. */
export function softmaxLayer(use: Use): number {
  const { layer, graph, inputs, outputShape, masks } = use;
  if (masks.exist) throw unsupported(layer, "it stands in a model with masks, which tfjs gives to it by mistake");
  const rank = outputShape.length + 1;
  const given = [use.config["axis"] ?? -1].flat() as number[];
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis) - 1);
  if (axes.length === 1 && axes[0] !== rank - 2) {
    throw unsupported(layer, "its softmax is not over the last axis, which tfjs cannot compute");
  }
  const order = [...outputShape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const shape = order.map((axis) => outputShape[axis]);
  const size = axes.reduce((product, axis) => product * outputShape[axis], 1);
  const moved = order.every((axis, i) => axis === i);
  const last = moved ? inputs[0] : graph.add(permuted(order, outputShape), inputs, shape);
  // One group is one row of the last axis.
  const groups = graph.reshape(last, [tf.util.sizeFromShape(outputShape) / size, size]);
  const y = graph.reshape(graph.add(softmax(size), [groups], graph.shapes[groups]), shape);
  const back = order.map((_, axis) => order.indexOf(axis));
  return moved ? y : graph.add(permuted(back, shape), [y], outputShape);
}
