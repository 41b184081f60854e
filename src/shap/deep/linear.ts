/** Linear operations: multipliers pass back through the transpose of the same map. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type DenseMultipliers, type Multipliers, type Rule, computed, densify } from "./rule";

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

/** Any linear operation that has a gradient: the gradient of a linear map is its transpose. */
export function byGradient(forward: (input: Tensor) => Tensor, inputShape: number[], outputShape: number[]): Rule {
  const units = tf.util.sizeFromShape(outputShape);
  const transpose = tf.grad(forward);
  return {
    forward: (inputs) => forward(first(inputs)),
    async backward(multipliers, chunk) {
      const values = densify(multipliers, chunk, units);
      const rows = values.length / units;
      return [
        await dense(() =>
          transpose(tf.zeros([rows, ...inputShape]), tf.tensor(values, [rows, ...outputShape], "float32")),
        ),
      ];
    },
  };
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

/** The numbers to multiply where all multipliers are multiplied by a number. */
function factors(multipliers: Multipliers): Float32Array {
  return multipliers.kind === "picked" ? multipliers.weight : (multipliers.scale ?? multipliers.values);
}

function copy(multipliers: Multipliers): Multipliers {
  if (multipliers.kind === "dense") {
    const { values, scale } = multipliers;
    return { kind: "dense", values: values.slice(), ...(scale && { scale: scale.slice() }) };
  }
  const { picks, values, index, weight } = multipliers;
  // Rules overwrite weights, never values nor indices.
  return { kind: "picked", picks, values, index, weight: weight.slice() };
}
