/** DeepExplainer against Python's shap 0.51 on the same weights: test/fixtures/shap/make_deep_fixtures.py. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { openBackend } from "../../src/runner/backends";
import { DeepExplainer } from "../../src/shap";
import { readFixture } from "./shapModels";

const names = readdirSync(path.resolve("test/fixtures/shap"))
  .filter((file) => file.endsWith(".npz"))
  .map((file) => file.replace(".npz", ""));

function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  return Array.from(expected).reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i])), 0);
}

for (const backend of ["cpu", "wasm"] as const) {
  describe(`DeepExplainer on ${backend} gives Python's values`, () => {
    before(async () => {
      await openBackend(backend);
    });

    it("has the models that the fixtures promise", () => {
      for (const head of ["mlp", "cnn-flat", "cnn-average"]) {
        for (const last of ["softmax", "logits"]) assert.ok(names.includes(`${head}-${last}`), `${head}-${last}`);
      }
      for (const name of ["gated", "merged", "extremes", "mish"]) assert.ok(names.includes(name), name);
    });

    for (const name of names) {
      it(name, async () => {
        const { model, background, samples, values, expected, predictions } = await readFixture(name);
        const explainer = new DeepExplainer(model, background);
        try {
          const actual = await explainer.shapValues(samples);
          assert.ok(Math.max(...values.data.map(Math.abs)) > 0.01, "values of nothing would fit anything");
          assert.deepEqual([actual.samples, ...actual.featureShape, actual.outputs], values.shape);
          assert.ok(worstDifference(actual.predictions, predictions.data) <= 1e-5, "predictions");
          assert.ok(worstDifference(actual.expectedValue, expected.data) <= 1e-5, "expected value");
          const worst = worstDifference(actual.values, values.data);
          assert.ok(worst <= 1e-5, `the worst value differs by ${worst}`);
          assert.ok(actual.additivityError <= 1e-5, `additivity error ${actual.additivityError}`);
        } finally {
          explainer.dispose();
          model.dispose();
        }
      });
    }
  });
}
