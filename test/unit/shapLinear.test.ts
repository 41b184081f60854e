/** LinearExplainer against Python's. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import {
  LinearExplainer,
  type LinearModel,
  NotLinearError,
  logitsModel,
  modelPredictor,
  readLinearModel,
} from "../../src/shap";
import { noise } from "./shapModels";
import { FamilyFixture, assertParity, relativeDifference } from "./shapFamily";

describe("LinearExplainer", () => {
  const fixture = new FamilyFixture("linear");
  const coef = fixture.numbers("coef").data;
  const model: LinearModel = {
    featureShape: [6],
    outputs: 2,
    coef: Float64Array.from({ length: 12 }, (_, i) => coef[(i % 2) * 6 + Math.floor(i / 2)]),
    intercept: Float64Array.from(fixture.numbers("intercept").data),
  };
  const [background, samples] = [fixture.rows("background"), fixture.rows("samples")];

  it("independent features: Python's values", async () => {
    const result = await new LinearExplainer(model, background).shapValues(samples);
    assertParity("linear", result.values, fixture.numbers("independent").data, 1e-6);
    assertParity("expected", result.expectedValue, fixture.numbers("expected").data, 1e-6);
    assert.ok(result.additivityError < 1e-5);
  });

  it("dependent features with Python's orders: Python's values, copies sharing theirs", async () => {
    const orders = fixture.numbers("permutations").data;
    const result = await new LinearExplainer(model, background).shapValues(samples, {
      featurePerturbation: "correlation_dependent",
      nsamples: 40,
      permutation: (output, n, features) =>
        Array.from(orders.subarray((output * 40 + n) * features, (output * 40 + n + 1) * features)),
    });
    assertParity("linear, dependent", result.values, fixture.numbers("dependent").data, 1e-6);
    assert.equal(result.values[2 * 2], result.values[5 * 2]);
    assert.ok(result.additivityError < 1e-5);
  });

  it("dependent features with drawn orders come to the same", async () => {
    const run = (seed: number) =>
      new LinearExplainer(model, background).shapValues(samples, {
        featurePerturbation: "correlation_dependent",
        seed,
      });
    const [one, other, again] = [await run(1), await run(2), await run(1)];
    assert.deepEqual(one.values, again.values);
    const difference = relativeDifference(other.values, one.values);
    assert.ok(difference > 0 && difference < 0.1, String(difference));
  });

  it("reads a layers model's coefficients, below its softmax, and refuses one that is not linear", async () => {
    await openBackend("cpu");
    const linear = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [2, 3] }),
        tf.layers.dense({ units: 4, inputShape: [6] }),
        tf.layers.dense({ units: 3, activation: "softmax", biasInitializer: "randomNormal" }),
      ],
    });
    const rows = noise([5, 2, 3], 1);
    await assert.rejects(readLinearModel(modelPredictor(linear), rows), NotLinearError);
    const logits = logitsModel(linear);
    assert.ok(logits);
    const predictor = modelPredictor(logits);
    const read = await readLinearModel(predictor, rows);
    const result = await new LinearExplainer(read, rows).shapValues(rows);
    assertParity("logits", result.predictions, await predictor.predict(rows), 1e-5);
    const [probabilities, answers] = tf.tidy(() => {
      const x = tf.tensor(rows.data, [...rows.shape]);
      return [(linear.predict(x) as tf.Tensor).dataSync(), tf.softmax(logits.predict(x) as tf.Tensor).dataSync()];
    });
    assert.ok(relativeDifference(answers, probabilities) < 1e-5);
    assert.equal(logitsModel(logits), undefined);
  });
});
