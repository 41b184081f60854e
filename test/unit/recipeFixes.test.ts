/** Where a recipe's problems stand in its text, and what mends them. */
import assert from "node:assert/strict";
import { editsFor, spanOf } from "../../src/host/recipeFixes";
import type { RecipeProblem } from "../../src/protocol/recipeCheck";

const recipe = (lastLayer: string, loss: string): string => `import * as tf from "@tensorflow/tfjs";
export const data = () => digits();
export function createModel() {
  base.trainable = true;
  const model = tf.sequential({ layers: [
    tf.layers.dense({ units: 8, activation: "relu", inputShape: [64] }),
    tf.layers.dense(${lastLayer}),
  ] });
  model.compile({ optimizer: tf.train.adam(), loss: ${loss} });
  return model;
}
`;
const failure = (more: object): RecipeProblem => ({ kind: "failure", message: "m", ...more });

describe("a problem of a recipe", () => {
  const CASES: Record<string, [RecipeProblem, before: string, after: string | undefined, about: string]> = {
    "a loss from logits": [
      { kind: "lossFromLogits", loss: "softmaxCrossEntropy", activation: "softmax" },
      recipe('{ units: 2, activation: "softmax" }', "tf.losses.softmaxCrossEntropy"),
      recipe('{ units: 2, activation: "softmax" }', '"categoricalCrossentropy"'),
      "loss: tf.losses.softmaxCrossEntropy ",
    ],
    "a loss from logits in a function of the recipe's": [
      { kind: "lossFromLogits", loss: "sigmoidCrossEntropy", activation: "sigmoid" },
      recipe("{ units: 2 }", "(y, p) => tf.losses.sigmoidCrossEntropy(y, p)"),
      undefined,
      "loss: (y",
    ],
    "no activation": [
      { kind: "lossFromProbabilities", loss: "categoricalCrossentropy", activation: "linear", wanted: "softmax" },
      recipe("{ units: 2 }", '"categoricalCrossentropy"'),
      recipe('{ activation: "softmax", units: 2 }', '"categoricalCrossentropy"'),
      "layers.dense({ units: 2 })",
    ],
    "another activation": [
      { kind: "lossFromProbabilities", loss: "binaryCrossentropy", activation: "relu", wanted: "sigmoid" },
      recipe('{ units: 1, activation: "relu" }', '"binaryCrossentropy"'),
      recipe('{ units: 1, activation: "sigmoid" }', '"binaryCrossentropy"'),
      'layers.dense({ units: 1, activation: "relu" })',
    ],
    "an activation that is no text": [
      { kind: "lossFromProbabilities", loss: "binaryCrossentropy", activation: "relu", wanted: "sigmoid" },
      recipe("{ units: 1, activation: chosen }", '"binaryCrossentropy"'),
      undefined,
      "layers.dense({ units: 1, activation: chosen })",
    ],
    "softmax of one": [
      { kind: "softmaxOfOne" },
      recipe('{ units: 1, activation: "softmax" }', '"categoricalCrossentropy"'),
      recipe('{ units: 1, activation: "sigmoid" }', '"binaryCrossentropy"'),
      'layers.dense({ units: 1, activation: "softmax" })',
    ],
    "a base that learns": [
      { kind: "baseNotFrozen", layers: 3 },
      recipe("{ units: 2 }", '"meanSquaredError"'),
      recipe("{ units: 2 }", '"meanSquaredError"').replace("trainable = true", "trainable = false"),
      ".trainable = true",
    ],
    "another input shape": [
      failure({ fix: { kind: "inputShape", shape: [28, 28, 1] } }),
      recipe("{ units: 2 }", '"meanSquaredError"'),
      recipe("{ units: 2 }", '"meanSquaredError"').replace("[64]", "[28, 28, 1]"),
      "inputShape: [64]",
    ],
    "another number of units": [
      failure({ fix: { kind: "units", units: 10 } }),
      recipe("{ units: 2 }", '"meanSquaredError"'),
      recipe("{ units: 10 }", '"meanSquaredError"'),
      "layers.dense({ units: 2 })",
    ],
    "an error at its place": [
      failure({ place: { line: 4, column: 3 } }),
      recipe("{ units: 2 }", '"meanSquaredError"'),
      undefined,
      "base.trainable = true;",
    ],
    "an error on a line that is gone": [
      failure({ place: { line: 400, column: 3 } }),
      recipe("{ units: 2 }", '"meanSquaredError"'),
      undefined,
      "export function createModel() {",
    ],
    duplicates: [
      { kind: "duplicates", count: 2 },
      recipe("{ units: 2 }", '"meanSquaredError"'),
      undefined,
      "export const data = () => digits();",
    ],
  };

  for (const [name, [problem, before, after, about]] of Object.entries(CASES))
    it(`is marked, and mended where that is safe: ${name}`, () => {
      const { start, end } = spanOf(problem, before);
      assert.ok(before.slice(start, end).startsWith(about.trimEnd()), before.slice(start, end));
      const edits = editsFor(problem, before);
      // From the last to the first: the places before stay where they are.
      const mended = edits
        ?.sort((a, b) => b.start - a.start)
        .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), before);
      assert.equal(mended, after);
    });
});
