/** Arrays of tokens, and masks: numbers that say which, not how much. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { type Rule, densify, floats, forPairs, observed } from "./rule";

/**
 * A token's row of a table. Attributed is the difference of rows, and what its numbers get is summed: so each token has one
 * SHAP value, as in shap's TensorFlow explainer. As a multiplier it is divided by the difference of the tokens.
 *
 * @param table [vocabulary, dimensions].
 */
export function lookup(table: Tensor2D): Rule {
  const dimensions = table.shape[1];
  return {
    forward: ([tokens]) => tf.gather(table, tf.cast(tf.reshape(tokens, [-1]), "int32")),
    observe: async ([tokens], rows) => ({ kind: "unary", input: await floats(tokens), output: await floats(rows) }),
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const tokens = sample.input.length / chunk.samples;
      const values = densify(multipliers, chunk, tokens * dimensions);
      const { outputs } = chunk;
      const back = new Float32Array(chunk.samples * chunk.references * outputs * tokens);
      forPairs(chunk, (pair, sampleRow, referenceRow) => {
        for (let token = 0; token < tokens; token++) {
          const [atX, atR] = [sampleRow * tokens + token, referenceRow * tokens + token];
          const difference = sample.input[atX] - reference.input[atR];
          if (difference === 0) continue;
          for (let output = 0; output < outputs; output++) {
            const to = (pair * outputs + output) * tokens + token;
            let sum = 0;
            for (let d = 0; d < dimensions; d++) {
              const delta = sample.output[atX * dimensions + d] - reference.output[atR * dimensions + d];
              sum += delta * values[to * dimensions + d];
            }
            back[to] = sum / difference;
          }
        }
      });
      return [{ kind: "dense", values: back }];
    },
  };
}

/**
 * A mask: 1 where any of the last axis' numbers differs from `absent`, else 0. Where the mask of a sample and that of a
 * reference differ, each number gets its share of |x - r|.
 *
 * @param size length of the last axis.
 */
export function present(absent: number, size: number): Rule {
  return {
    forward: ([x]) => tf.cast(tf.any(tf.notEqual(tf.reshape(x, [-1, size]), tf.scalar(absent)), -1), "float32"),
    observe: async ([x], mask) => ({ kind: "unary", input: await floats(x), output: await floats(mask) }),
    backward(multipliers, chunk, x, r) {
      const [sample, reference] = observed(x, r);
      const steps = sample.output.length / chunk.samples;
      const values = densify(multipliers, chunk, steps);
      const { outputs } = chunk;
      const back = new Float32Array(values.length * size);
      forPairs(chunk, (pair, sampleRow, referenceRow) => {
        for (let step = 0; step < steps; step++) {
          const [atX, atR] = [sampleRow * steps + step, referenceRow * steps + step];
          const change = sample.output[atX] - reference.output[atR];
          if (change === 0) continue;
          const deltas = Float64Array.from(
            { length: size },
            (_, i) => sample.input[atX * size + i] - reference.input[atR * size + i],
          );
          const total = deltas.reduce((sum, delta) => sum + Math.abs(delta), 0);
          for (let output = 0; output < outputs; output++) {
            const from = (pair * outputs + output) * steps + step;
            const share = (values[from] * change) / total;
            for (let i = 0; i < size; i++) back[from * size + i] = share * Math.sign(deltas[i]);
          }
        }
      });
      return [{ kind: "dense", values: back }];
    },
  };
}

/** Which of `size` units each unit of a selection copies; 0 is none. Found out by selecting from their numbers. */
export function selection(forward: (input: Tensor) => Tensor, inputShape: number[]): Rule {
  const size = tf.util.sizeFromShape(inputShape);
  return {
    forward: ([x]) => forward(x),
    async backward(multipliers, chunk) {
      const numbers = tf.tidy(() => forward(tf.reshape(tf.range(1, size + 1, 1, "float32"), [1, ...inputShape])));
      const sources = await floats(numbers);
      numbers.dispose();
      const values = densify(multipliers, chunk, sources.length);
      const rows = values.length / sources.length;
      const back = new Float32Array(rows * size);
      for (let row = 0; row < rows; row++) {
        sources.forEach((source, unit) => {
          if (source > 0) back[row * size + source - 1] += values[row * sources.length + unit];
        });
      }
      return [{ kind: "dense", values: back }];
    },
  };
}
