/** Operations on two arrays that both vary: each gets its part averaged over both orders of exchanging them. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import {
  type Chunk,
  type OperandsActivity,
  type Rule,
  computed,
  densify,
  floats,
  forPairs,
  observedOperands,
} from "./rule";

/** The multiplier of a, of a symmetric operation; x is the sample and r the reference. */
type OfFirst = (bx: number, br: number, ax: number, ar: number) => number;

/** y = a * b, unit by unit: exactly, delta y = delta a * mean(b) + delta b * mean(a). */
export function product(): Rule {
  return symmetric(
    ([a, b]) => tf.mul(a, b),
    (bx, br) => (bx + br) / 2,
  );
}

/** y = max(a, b), unit by unit. */
export function maximum(): Rule {
  return symmetric(
    ([a, b]) => tf.maximum(a, b),
    (bx, br, ax, ar) => (steepness(ax, ar, bx) + steepness(ax, ar, br)) / 2,
  );
}

/** y = min(a, b) = -max(-a, -b). */
export function minimum(): Rule {
  return symmetric(
    ([a, b]) => tf.minimum(a, b),
    (bx, br, ax, ar) => (steepness(-ax, -ar, -bx) + steepness(-ax, -ar, -br)) / 2,
  );
}

/** (max(ax, b) - max(ar, b)) / (ax - ar): from 0 to 1; where both are the same, the derivative. */
function steepness(ax: number, ar: number, b: number): number {
  if (ax !== ar) return (Math.max(ax, b) - Math.max(ar, b)) / (ax - ar);
  return ax === b ? 0.5 : Number(ax > b);
}

function symmetric(forward: (inputs: Tensor[]) => Tensor, ofFirst: OfFirst): Rule {
  return {
    forward,
    observe,
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observedOperands(x, r);
      const width = sample.a.length / chunk.samples;
      const pairs = chunk.samples * chunk.references;
      const given =
        multipliers.kind === "dense"
          ? multipliers
          : { kind: "dense" as const, values: densify(multipliers, chunk, width) };
      const [toA, toB] = [new Float32Array(pairs * width), new Float32Array(pairs * width)];
      forPairs(chunk, (pair, sampleRow, referenceRow) => {
        for (let unit = 0; unit < width; unit++) {
          const [atX, atR, to] = [sampleRow * width + unit, referenceRow * width + unit, pair * width + unit];
          const [ax, ar, bx, br] = [sample.a[atX], reference.a[atR], sample.b[atX], reference.b[atR]];
          const before = given.scale?.[to] ?? 1;
          toA[to] = before * ofFirst(bx, br, ax, ar);
          toB[to] = before * ofFirst(ax, ar, bx, br);
        }
      });
      return [
        { kind: "dense", values: given.values.slice(), scale: toA },
        { kind: "dense", values: given.values, scale: toB },
      ];
    },
  };
}

/**
 * The product of two matrices of each row, over one axis of each: z[i, j] = sum over k of a[i, k] b[k, j]. As in a product
 * of numbers, delta z = delta a * mean(b) + mean(a) * delta b.
 *
 * @param shapes of a and b, matrices. @param axes which of the two axes of each is k.
 */
export function contraction(
  [shapeA, shapeB]: [[number, number], [number, number]],
  [axisA, axisB]: [number, number],
): Rule {
  const [i, k, j] = [shapeA[1 - axisA], shapeA[axisA], shapeB[1 - axisB]];
  const multiply = (a: Tensor, b: Tensor): Tensor => tf.matMul(a, b, axisA === 0, axisB === 1);
  return {
    forward: ([a, b]) => multiply(tf.reshape(a, [-1, ...shapeA]), tf.reshape(b, [-1, ...shapeB])),
    observe,
    async backward(multipliers, chunk, x, r) {
      const activities = observedOperands(x, r);
      const values = densify(multipliers, chunk, i * j);
      const { outputs } = chunk;
      const pairs = chunk.samples * chunk.references;
      const m = (): Tensor => tf.tensor(values, [pairs, outputs, i, j], "float32");
      const toA = await computed(() => {
        const b = tf.tensor3d(means("b", activities, chunk), [pairs, ...shapeB]);
        const back = tf.matMul(tf.reshape(m(), [pairs, outputs * i, j]), b, false, axisB === 0);
        const matrices = tf.reshape(back, [pairs * outputs, i, k]);
        return axisA === 1 ? matrices : tf.transpose(matrices, [0, 2, 1]);
      });
      const toB = await computed(() => {
        const a = tf.tensor3d(means("a", activities, chunk), [pairs, ...shapeA]);
        const rows = tf.reshape(tf.transpose(m(), [0, 2, 1, 3]), [pairs, i, outputs * j]);
        const back = tf.reshape(tf.matMul(a, rows, axisA === 1, false), [pairs, k, outputs, j]);
        return tf.transpose(back, axisB === 0 ? [0, 2, 1, 3] : [0, 2, 3, 1]);
      });
      return [
        { kind: "dense", values: toA },
        { kind: "dense", values: toB },
      ];
    },
  };
}

async function observe([a, b]: Tensor[]): Promise<OperandsActivity> {
  return { kind: "operands", a: await floats(a), b: await floats(b) };
}

/** [pairs, units]: the mean of the sample's and the reference's operand. */
function means(
  which: "a" | "b",
  [{ [which]: x }, { [which]: r }]: [OperandsActivity, OperandsActivity],
  chunk: Chunk,
): Float32Array {
  const width = x.length / chunk.samples;
  const mean = new Float32Array(chunk.samples * chunk.references * width);
  forPairs(chunk, (pair, sampleRow, referenceRow) => {
    for (let unit = 0; unit < width; unit++) {
      mean[pair * width + unit] = (x[sampleRow * width + unit] + r[referenceRow * width + unit]) / 2;
    }
  });
  return mean;
}
