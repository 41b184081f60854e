/** The slips that a check finds in a model that would train without complaint. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { mobileNetV2 } from "../../src/models";
import type { DataReport } from "../../src/protocol/dataReport";
import { RecipeProblem, inEnglish, problemText } from "../../src/protocol/recipeCheck";
import { dataProblems, modelProblems } from "../../src/runner/check/problems";
import * as v from "valibot";

const report: DataReport = { range: [0, 1], notNumbers: 0, duplicates: 0 };
type Loss = Parameters<tf.LayersModel["compile"]>[0]["loss"];

function compiled(units: number, activation: "softmax" | "sigmoid" | "relu" | undefined, loss: Loss): tf.LayersModel {
  const layer = tf.layers.dense({ units, inputShape: [4], ...(activation ? { activation } : {}) });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: "sgd", loss });
  return model;
}

describe("a check of a model", () => {
  before(() => tf.setBackend("cpu"));

  const wrapped = (y: tf.Tensor, p: tf.Tensor): tf.Tensor => tf.losses.softmaxCrossEntropy(y, p);
  const CASES: Record<string, [() => tf.LayersModel, string[]]> = {
    "softmax and its loss": [() => compiled(3, "softmax", "categoricalCrossentropy"), []],
    quantities: [() => compiled(1, undefined, "meanSquaredError"), []],
    "logits and their loss": [() => compiled(3, undefined, tf.losses.softmaxCrossEntropy), []],
    "softmax and a loss from logits": [() => compiled(3, "softmax", tf.losses.softmaxCrossEntropy), ["lossFromLogits"]],
    "softmax and such a loss in a function": [() => compiled(3, "softmax", wrapped), ["lossFromLogits"]],
    "logits and a loss of probabilities": [
      () => compiled(3, undefined, "categoricalCrossentropy"),
      ["lossFromProbabilities"],
    ],
    "relu and a loss of probabilities": [() => compiled(1, "relu", "binaryCrossentropy"), ["lossFromProbabilities"]],
    "softmax of one": [() => compiled(1, "softmax", "binaryCrossentropy"), ["softmaxOfOne"]],
  };
  for (const [name, [make, expected]] of Object.entries(CASES))
    it(`finds what is wrong: ${name}`, () => {
      const found = modelProblems(make());
      assert.deepEqual(
        found.map(({ kind }) => kind),
        expected,
      );
      for (const problem of found) {
        assert.deepEqual(v.parse(RecipeProblem, problem), problem);
        const { message, advice } = problemText(problem, inEnglish);
        assert.ok(!/[{}]|undefined/.test(message + (advice ?? "")), message);
      }
    });

  it("tells a pretrained base that learns from one that is frozen", () => {
    const model = (trainable: boolean): tf.LayersModel => {
      const base = mobileNetV2({ inputShape: [32, 32, 3], pooling: "avg" });
      base.trainable = trainable;
      const head = tf.sequential({ layers: [base, tf.layers.dense({ units: 2, activation: "softmax" })] });
      head.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      return head;
    };
    assert.deepEqual(modelProblems(model(false)), []);
    const [problem] = modelProblems(model(true));
    assert.ok(problem.kind === "baseNotFrozen" && problem.layers > 10, JSON.stringify(problem));
  });

  it("tells of examples that stand in two splits", () => {
    const found = dataProblems({ ...report, duplicates: 3 });
    assert.deepEqual(found, [{ kind: "duplicates", count: 3 }]);
    assert.deepEqual(dataProblems(report), []);
  });
});
