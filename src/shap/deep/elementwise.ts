import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type Rule, observed } from "./rule";

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
    observe: (z, y, rows) => ({
      input: floats(z),
      output: floats(y),
      ...(rows === "references" ? { slope: floats(slope(z)) } : {}),
    }),
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const slopes = reference.slope ?? new Float32Array(0);
      const { samples, references, firstReference, outputs } = chunk;
      const rescale = (zx: number, zr: number): number => {
        const delta = sample.input[zx] - reference.input[zr];
        if (Math.abs(delta) < SAME) return slopes[zr];
        return (sample.output[zx] - reference.output[zr]) / delta;
      };
      const width = sample.input.length / samples;
      if (multipliers.kind === "picked") {
        const { picks, index, weight } = multipliers;
        for (let pair = 0; pair < samples * references; pair++) {
          const zx = (pair % samples) * width;
          const zr = (firstReference + Math.floor(pair / samples)) * width;
          for (let at = pair * picks; at < (pair + 1) * picks; at++) {
            const unit = index[at];
            if (weight[at] !== 0) weight[at] *= rescale(zx + unit, zr + unit);
          }
        }
        return [multipliers];
      }
      const ratio = new Float32Array(width);
      for (let pair = 0; pair < samples * references; pair++) {
        const zx = (pair % samples) * width;
        const zr = (firstReference + Math.floor(pair / samples)) * width;
        for (let unit = 0; unit < width; unit++) ratio[unit] = rescale(zx + unit, zr + unit);
        for (let output = 0; output < outputs; output++) {
          const at = (pair * outputs + output) * width;
          for (let unit = 0; unit < width; unit++) multipliers.values[at + unit] *= ratio[unit];
        }
      }
      return [multipliers];
    },
  };
}

export function floats(tensor: Tensor): Float32Array {
  return tensor.dataSync() as Float32Array;
}
