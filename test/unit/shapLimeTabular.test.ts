/** LIME of tables against numpy, scipy and scikit-learn on the same draws. */
import assert from "node:assert/strict";
import type { NdArray } from "../../src/protocol/ndArray";
import { ExplainerOptionError, LimeTabularExplainer, type LimeTabularOptions, type Predictor } from "../../src/shap";
import { normalCdf, normalQuantile } from "../../src/shap/agnostic/lime/normal";
import { FamilyFixture, assertParity, firstRows } from "./shapFamily";

describe("LimeTabularExplainer", () => {
  const fixture = new FamilyFixture("lime-tabular");
  const [background, samples] = [fixture.rows("background"), fixture.rows("samples")];
  const explainer = new LimeTabularExplainer(fixture.perceptron(), background);
  const draws = fixture.numbers("draws").data;
  const width = draws.length / 2;

  const categoricalFeatures = [7];
  const cases: Record<string, LimeTabularOptions> = {
    quartile: { categoricalFeatures },
    decile: { discretizer: "decile", numFeatures: 4, categoricalFeatures },
    normal: { discretizeContinuous: false, numFeatures: 5, featureSelection: "lasso_path" },
    around: { discretizeContinuous: false, sampleAroundInstance: true, numFeatures: 7, categoricalFeatures },
  };
  for (const [name, options] of Object.entries(cases))
    it(`${name}: the regression's coefficients and intercepts`, async () => {
      const result = await explainer.shapValues(samples, {
        ...{ ...options, nsamples: 150 },
        random: (sample) => {
          let at = sample * width;
          return () => draws[at++];
        },
      });
      assertParity(name, result.values, fixture.numbers(name).data, 1e-6);
      assertParity(`${name}, intercepts`, result.baseValues, fixture.numbers(`${name}_base`).data, 1e-6);
      const kept = Array.from({ length: 8 }, (_, i) => result.values[i * 2]).filter((value) => value !== 0);
      assert.ok(kept.length <= (options.numFeatures ?? 8) && kept.length >= 4);
    });

  it("finds the slopes of a linear model, and the bins of a step", async () => {
    const table: NdArray = {
      data: Float32Array.from({ length: 200 * 2 }, (_, i) => Math.sin(i * i) * (i % 2 === 0 ? 1 : 3)),
      shape: [200, 2],
    };
    const model = (f: (a: number, b: number) => number): Predictor => ({
      ...{ featureShape: [2], outputs: 1, bytesPerRow: 16 },
      predict: ({ data, shape }) => Float64Array.from({ length: shape[0] }, (_, n) => f(data[2 * n], data[2 * n + 1])),
    });
    const linear = new LimeTabularExplainer(
      model((a, b) => 2 * a - b),
      table,
    );
    const { values } = await linear.shapValues(firstRows(table, 1), { discretizeContinuous: false });
    // Of standardized features: slope times deviation, which is 0.7 of a sine's height.
    assert.ok(Math.abs(values[0] - 2 * 0.7) < 0.1 && Math.abs(values[1] + 3 * 0.7) < 0.2, String(values));
    const step = new LimeTabularExplainer(
      model((a) => Number(a > 0.9)),
      table,
    );
    const top = { data: Float32Array.of(0.99, 0), shape: [1, 2] };
    const stepped = await step.shapValues(top, { discretizer: "decile" });
    assert.ok(stepped.values[0] > 0.5 && Math.abs(stepped.values[1]) < 0.05, String(stepped.values));
    assert.ok(stepped.additivityError < 0.5);
  });

  it("repeats with its seed, whichever samples there are, and differs with another", async () => {
    const run = async (seed: number, rows = samples): Promise<Float32Array> =>
      (await explainer.shapValues(rows, { nsamples: 100, seed })).values;
    const [one, first, other] = [await run(1), await run(1, firstRows(samples, 1)), await run(2)];
    assert.deepEqual(one.subarray(0, first.length), first);
    assert.notDeepEqual(one, other);
    const last = { data: samples.data.subarray(8), shape: [1, 8] };
    const { values } = await explainer.shapValues(last, { nsamples: 100, seed: 1, firstSample: 1 });
    assert.deepEqual(values, one.subarray(first.length));
  });

  it("reports progress, and stops where it is told to", async () => {
    const seen: number[] = [];
    await explainer.shapValues(samples, { nsamples: 20, onProgress: (fraction) => seen.push(fraction) });
    assert.deepEqual(seen, [0.25, 0.5, 0.75, 1]);
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    await assert.rejects(explainer.shapValues(samples, { signal: abort.signal }), /enough/);
  });

  it("says what is wrong with an option or an input", async () => {
    const wrong: LimeTabularOptions[] = [
      { nsamples: 1 },
      { numFeatures: 0 },
      { kernelWidth: -1 },
      { categoricalFeatures: [8] },
      { sampleAroundInstance: true },
    ];
    for (const options of wrong)
      await assert.rejects(explainer.shapValues(samples, options), ExplainerOptionError, JSON.stringify(options));
    for (const wrongValue of [NaN, -Infinity]) {
      const missing = { ...samples, data: samples.data.map((value, i) => (i === 3 ? wrongValue : value)) };
      await assert.rejects(explainer.shapValues(missing), /no missing or infinite values; the samples/);
      const gaps = new LimeTabularExplainer(fixture.perceptron(), firstRows(missing, 2));
      await assert.rejects(gaps.shapValues(samples), /no missing or infinite values; the background/);
    }
  });
});

describe("the normal distribution", () => {
  it("has the fractions of the tables, and the way back", () => {
    // scipy.stats.norm.cdf
    const known = [
      [0, 0.5],
      [1, 0.8413447460685429],
      [-1.96, 0.024997895148220435],
      [-5, 2.8665157187919333e-7],
    ] as const;
    for (const [z, p] of known) {
      assert.ok(Math.abs(normalCdf(z) - p) < 1e-15 + 1e-9 * p, String(z));
      assert.ok(Math.abs(normalQuantile(p) - z) < 1e-7, String(z));
    }
    assert.deepEqual([normalCdf(-1e12), normalCdf(1e12)], [0, 1]);
  });
});
