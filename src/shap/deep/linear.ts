/** Linear operations: multipliers pass back through the transpose of the same map. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type Chunk, type DenseMultipliers, type Multipliers, type Rule, computed, copy, densify } from "./rule";

const first = (inputs: Tensor[]): Tensor => inputs[0];

/** What only renames units or does nothing outside of training: dropout, flatten, reshape. */
export function identity(): Rule {
  return { renames: true, forward: first, backward: (multipliers) => [multipliers] };
}

/** y = scale * x + shift with one scale a unit: batch normalization as it infers. */
export function scaled(forward: (input: Tensor) => Tensor, scale: Float32Array): Rule {
  const units = scale.length;
  return {
    forward: (inputs) => forward(first(inputs)),
    backward(multipliers) {
      if (multipliers.kind === "picked") {
        const { weight, index } = multipliers;
        for (let i = 0; i < weight.length; i++) weight[i] *= scale[index[i]];
      } else if (multipliers.scale) {
        const { scale: scales } = multipliers;
        for (let i = 0; i < scales.length; i++) scales[i] *= scale[i % units];
      } else {
        const { values } = multipliers;
        for (let row = 0; row < values.length; row += units) {
          for (let unit = 0; unit < units; unit++) values[row + unit] *= scale[unit];
        }
      }
      return [multipliers];
    },
  };
}

/**
 * A linear operation, perhaps with a bias, by its transpose.
 *
 * @param transpose [rows, ...outputShape] to [rows, ...input]. Called within a tf.tidy.
 */
export function linearMap(
  forward: (input: Tensor) => Tensor,
  transpose: (y: Tensor) => Tensor,
  outputShape: readonly number[],
): Rule {
  const units = tf.util.sizeFromShape([...outputShape]);
  return {
    forward: (inputs) => forward(first(inputs)),
    async backward(multipliers, chunk) {
      const values = densify(multipliers, chunk, units);
      const shape = [values.length / units, ...outputShape];
      return [await dense(() => transpose(tf.tensor(values, shape, "float32")))];
    },
  };
}

/** Any linear operation that has a gradient: the gradient of a linear map is its transpose. */
export function byGradient(forward: (input: Tensor) => Tensor, inputShape: number[], outputShape: number[]): Rule {
  const transpose = tf.grad(forward);
  return linearMap(forward, (y) => transpose(tf.zeros([y.shape[0], ...inputShape]), y), outputShape);
}

/** y = scale * x + shift, unit by unit, of which only the map itself is known. */
export function affine(forward: (input: Tensor) => Tensor, shape: number[]): Rule {
  const scale = (): Tensor => tf.sub(forward(tf.ones([1, ...shape])), forward(tf.zeros([1, ...shape])));
  return linearMap(forward, (y) => tf.mul(y, scale()), shape);
}

/** Axes in another order. @param axes of the input, without the batch axis, from 0, in the order of the output's. */
export function permuted(axes: readonly number[], inputShape: readonly number[]): Rule {
  const order = [0, ...axes.map((axis) => axis + 1)];
  const back = order.map((_, axis) => order.indexOf(axis));
  return linearMap(
    (x) => tf.transpose(x, order),
    (y) => tf.transpose(y, back),
    axes.map((axis) => inputShape[axis]),
  );
}

/** An array repeated along its axes of length 1. Both shapes have as many axes, without the batch axis. */
export function broadcast(from: readonly number[], to: readonly number[]): Rule {
  const repeats = to.map((length, axis) => length / from[axis]);
  const axes = repeats.flatMap((times, axis) => (times === 1 ? [] : [axis + 1]));
  return linearMap(
    (x) => tf.tile(x, [1, ...repeats]),
    (y) => tf.sum(y, axes, true),
    to,
  );
}

/** y = sum of the inputs, or their mean. */
export function sum(inputs: number, share: number): Rule {
  return {
    forward: (tensors) => tf.mul(tf.addN(tensors), share),
    backward(multipliers) {
      const weights = factors(multipliers);
      if (share !== 1) for (let i = 0; i < weights.length; i++) weights[i] *= share;
      return Array.from({ length: inputs }, (_, i) => (i === 0 ? multipliers : copy(multipliers)));
    },
  };
}

/** y = x1 - x2. */
export function difference(): Rule {
  return {
    forward: ([a, b]) => tf.sub(a, b),
    backward(multipliers) {
      const negative = copy(multipliers);
      const weights = factors(negative);
      for (let i = 0; i < weights.length; i++) weights[i] = -weights[i];
      return [multipliers, negative];
    },
  };
}

/** Inputs joined along an axis (that counts the batch axis). */
export function joined(axis: number, shapes: number[][]): Rule {
  const runs = shapes.map((shape) => tf.util.sizeFromShape(shape.slice(axis - 1)));
  const run = runs.reduce((total, length) => total + length, 0);
  const outer = tf.util.sizeFromShape(shapes[0].slice(0, axis - 1));
  return {
    forward: (tensors) => tf.concat(tensors, axis),
    backward(multipliers, chunk) {
      const values = densify(multipliers, chunk, outer * run);
      let before = 0;
      return runs.map((length) => {
        const part = new Float32Array((values.length / run) * length);
        for (let from = before, to = 0; to < part.length; from += run, to += length) {
          part.set(values.subarray(from, from + length), to);
        }
        before += length;
        return { kind: "dense", values: part };
      });
    },
  };
}

/** Computes multipliers by tensors, leaving none behind. */
export async function dense(compute: () => Tensor): Promise<DenseMultipliers> {
  return { kind: "dense", values: await computed(compute) };
}

/**
 * Puts together what parts of an array get; a part that nothing reads gets 0.
 *
 * @param runs numbers of each part in a row. @param outer rows of the array.
 */
export function assemble(
  parts: (Multipliers | undefined)[],
  runs: number[],
  outer: number,
  chunk: Chunk,
): DenseMultipliers {
  const run = runs.reduce((total, length) => total + length, 0);
  const rows = chunk.samples * chunk.references * chunk.outputs * outer;
  const whole = new Float32Array(rows * run);
  let before = 0;
  parts.forEach((part, i) => {
    const length = runs[i];
    if (part) {
      const values = densify(part, chunk, outer * length);
      for (let row = 0; row < rows; row++) {
        whole.set(values.subarray(row * length, (row + 1) * length), row * run + before);
      }
    }
    before += length;
  });
  return { kind: "dense", values: whole };
}

/** The numbers to multiply where all multipliers are multiplied by a number. */
function factors(multipliers: Multipliers): Float32Array {
  return multipliers.kind === "picked" ? multipliers.weight : (multipliers.scale ?? multipliers.values);
}
