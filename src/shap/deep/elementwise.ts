import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type Rule, computed, densify, floats, forPairs, observed } from "./rule";

/** Nearer than this, a difference says nothing about the slope. As shap's TensorFlow explainer. */
const SAME = 1e-6;

/**
 * The rescale rule for y = f(z), unit by unit (Shrikumar et al. 2017, equation 15): the multiplier is
 * (f(z) - f(z0)) / (z - z0), and f'(z0) where z and the reference's z0 are the same.
 *
 * @param slope the derivative of f.
 */
export function elementwise(f: (z: Tensor) => Tensor, slope: (z: Tensor) => Tensor = tf.grad(f)): Rule {
  return {
    forward: ([z]) => f(z),
    observe: async ([z], y, rows) => ({
      kind: "unary",
      input: await floats(z),
      output: await floats(y),
      ...(rows === "references" ? { slope: await computed(() => slope(z)) } : {}),
    }),
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const slopes = reference.slope ?? new Float32Array(0);
      const { samples, references, firstReference } = chunk;
      const width = sample.input.length / samples;
      const { input: zx, output: yx } = sample;
      const { input: zr, output: yr } = reference;
      if (multipliers.kind === "picked") {
        const { picks, index, weight } = multipliers;
        for (let pair = 0; pair < samples * references; pair++) {
          const fromX = (pair % samples) * width;
          const fromR = (firstReference + Math.floor(pair / samples)) * width;
          for (let at = pair * picks; at < (pair + 1) * picks; at++) {
            if (weight[at] === 0) continue;
            const [x, r] = [fromX + index[at], fromR + index[at]];
            const delta = zx[x] - zr[r];
            weight[at] *= Math.abs(delta) < SAME ? slopes[r] : (yx[x] - yr[r]) / delta;
          }
        }
        return [multipliers];
      }
      const before = multipliers.scale;
      const scale = before ?? new Float32Array(samples * references * width);
      for (let pair = 0, at = 0; pair < samples * references; pair++) {
        const fromX = (pair % samples) * width;
        const fromR = (firstReference + Math.floor(pair / samples)) * width;
        for (let unit = 0; unit < width; unit++, at++) {
          const delta = zx[fromX + unit] - zr[fromR + unit];
          const ratio = Math.abs(delta) < SAME ? slopes[fromR + unit] : (yx[fromX + unit] - yr[fromR + unit]) / delta;
          scale[at] = before ? before[at] * ratio : ratio;
        }
      }
      return [{ ...multipliers, scale }];
    },
  };
}

/**
 * The rescale rule for y = f(z) whose (f(z) - f(z0)) / (z - z0) has a formula, which no small difference spoils.
 *
 * @param ratio that formula, of z, f(z), z0 and f(z0).
 */
export function elementwiseBy(
  f: (z: Tensor) => Tensor,
  ratio: (z: number, y: number, z0: number, y0: number) => number,
): Rule {
  return {
    forward: ([z]) => f(z),
    observe: async ([z], y) => ({ kind: "unary", input: await floats(z), output: await floats(y) }),
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const width = sample.input.length / chunk.samples;
      const scale = new Float32Array(chunk.samples * chunk.references * width);
      forPairs(chunk, (pair, sampleRow, referenceRow) => {
        for (let unit = 0; unit < width; unit++) {
          const [at, from] = [sampleRow * width + unit, referenceRow * width + unit];
          scale[pair * width + unit] = ratio(
            sample.input[at],
            sample.output[at],
            reference.input[from],
            reference.output[from],
          );
        }
      });
      return [{ kind: "dense", values: densify(multipliers, chunk, width), scale }];
    },
  };
}
