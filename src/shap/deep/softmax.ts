/** Softmax and its logarithm, decomposed into elementary operations as shap's TensorFlow explainer does it. */
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Multipliers, type Chunk, type Rule, densify, floats, observed } from "./rule";

/** shap's thresholds: of a difference of inputs, and of one of a quotient's operands. */
const SAME = 1e-6;
const SAME_OPERAND = 1e-7;

/** What one pair says about one group of units that a softmax normalizes: filled for each, read by `apply`. */
interface Coefficients {
  /** [size]: the multiplier of a unit to itself. */
  own: Float32Array;
  /** [size]: what an output contributes to the common sum. */
  toSum: Float32Array;
  /** [size]: what an input gets of the common sum. */
  fromSum: Float32Array;
}

/**
 * softmax(z) over the last axis: e = exp(z - max z), then e / sum(e).
 *
 * exp rescales elementwise. The quotient has two varying operands: each one's part is the average over both orders of
 * exchanging them. The maximum is subtracted for numerical stability only; rescaling by the ratio of
 * shifted to unshifted differences accounts for it.
 *
 * @param size length of the last axis.
 */
export function softmax(size: number): Rule {
  return overGroups(
    size,
    (z) => tf.softmax(z),
    (c, zx, zr) => {
      const [maxX, maxR] = [greatest(zx), greatest(zr)];
      const [ex, er] = [zx.map((z) => Math.exp(z - maxX)), zr.map((z) => Math.exp(z - maxR))];
      const [sumX, sumR] = [total(ex), total(er)];
      const numerator = 0.5 * (1 / sumX + 1 / sumR);
      const denominator = Math.abs(sumX - sumR) < SAME_OPERAND ? 0 : -0.5 / (sumX * sumR);
      for (let i = 0; i < size; i++) {
        const shifted = zx[i] - maxX - (zr[i] - maxR);
        const delta = zx[i] - zr[i];
        const exponential = Math.abs(shifted) < SAME ? er[i] : (ex[i] - er[i]) / shifted;
        const shift = Math.abs(delta) < SAME ? 1 : shifted / delta;
        c.own[i] = Math.abs(ex[i] - er[i]) < SAME_OPERAND ? 0 : numerator * exponential * shift;
        c.toSum[i] = denominator * (ex[i] + er[i]);
        c.fromSum[i] = exponential * shift;
      }
    },
  );
}

/** log softmax(z) = z - log(sum(exp(z))), with z of both sides shifted by one number, which changes no difference. */
export function logSoftmax(size: number): Rule {
  return overGroups(
    size,
    (z) => tf.logSoftmax(z),
    (c, zx, zr) => {
      const shift = Math.max(greatest(zx), greatest(zr));
      const [ex, er] = [zx.map((z) => Math.exp(z - shift)), zr.map((z) => Math.exp(z - shift))];
      const [sumX, sumR] = [total(ex), total(er)];
      const logarithm = Math.abs(sumX - sumR) < SAME ? 1 / sumR : Math.log(sumX / sumR) / (sumX - sumR);
      for (let i = 0; i < size; i++) {
        const delta = zx[i] - zr[i];
        c.own[i] = 1;
        c.toSum[i] = -logarithm;
        c.fromSum[i] = Math.abs(delta) < SAME ? er[i] : (ex[i] - er[i]) / delta;
      }
    },
  );
}

/** A rule m_in = own * m_out + fromSum * sum(toSum * m_out), group by group. */
function overGroups(
  size: number,
  forward: (z: Tensor) => Tensor,
  fill: (coefficients: Coefficients, zx: Float64Array, zr: Float64Array) => void,
): Rule {
  return {
    forward: ([z]) => forward(z),
    observe: async ([z], y) => ({ kind: "unary", input: await floats(z), output: await floats(y) }),
    backward(multipliers: Multipliers, chunk: Chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const units = sample.input.length / chunk.samples;
      const values = densify(multipliers, chunk, units);
      const [zx, zr] = [new Float64Array(size), new Float64Array(size)];
      const c: Coefficients = {
        own: new Float32Array(size),
        toSum: new Float32Array(size),
        fromSum: new Float32Array(size),
      };
      for (let pair = 0; pair < chunk.samples * chunk.references; pair++) {
        const fromX = (pair % chunk.samples) * units;
        const fromR = (chunk.firstReference + Math.floor(pair / chunk.samples)) * units;
        for (let group = 0; group < units; group += size) {
          zx.set(sample.input.subarray(fromX + group, fromX + group + size));
          zr.set(reference.input.subarray(fromR + group, fromR + group + size));
          fill(c, zx, zr);
          for (let output = 0; output < chunk.outputs; output++) {
            const at = (pair * chunk.outputs + output) * units + group;
            let common = 0;
            for (let i = 0; i < size; i++) common += c.toSum[i] * values[at + i];
            for (let i = 0; i < size; i++) values[at + i] = c.own[i] * values[at + i] + c.fromSum[i] * common;
          }
        }
      }
      return [{ kind: "dense", values }];
    },
  };
}

function greatest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
