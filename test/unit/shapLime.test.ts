/** LIME's regression against scikit-learn's Ridge on the same coalitions. */
import assert from "node:assert/strict";
import { ExplainerOptionError, LimeExplainer, independentMasker } from "../../src/shap";
import { FamilyFixture, assertParity } from "./shapFamily";

describe("LimeExplainer", () => {
  const fixture = new FamilyFixture("lime");
  const samples = fixture.rows("samples");
  const explainer = new LimeExplainer(fixture.perceptron(), independentMasker(fixture.rows("background")));

  it("with given coalitions: the coefficients of a ridge regression", async () => {
    const drawn = fixture.numbers("coalitions").data;
    const result = await explainer.shapValues(samples, {
      nsamples: 60,
      coalition: (sample, n) => drawn.subarray((sample * 60 + n) * 8, (sample * 60 + n + 1) * 8),
    });
    assertParity("lime", result.values, fixture.numbers("values").data, 1e-6);
  });

  it("repeats with its seed, and differs with another", async () => {
    const run = async (seed: number) => (await explainer.shapValues(samples, { nsamples: 50, seed })).values;
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
  });

  it("says what is wrong with an option", async () => {
    for (const wrong of [{ nsamples: 1 }, { kernelWidth: 0 }])
      await assert.rejects(explainer.shapValues(samples, wrong), ExplainerOptionError);
  });
});
