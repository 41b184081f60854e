/** The model-agnostic explainers against Python's shap and against what they promise. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import {
  ExactExplainer,
  ExplainerOptionError,
  KernelExplainer,
  type L1Reg,
  type Masker,
  PermutationExplainer,
  type Predictor,
  SamplingExplainer,
  independentMasker,
  modelPredictor,
  parseL1Reg,
  squarePatches,
} from "../../src/shap";
import { noise } from "./shapModels";
import { FamilyFixture, assertParity, firstRows, relativeDifference } from "./shapFamily";

describe("model-agnostic explainers", () => {
  const fixture = new FamilyFixture("agnostic");
  const predictor = fixture.perceptron();
  const masker = independentMasker(fixture.rows("background"));
  const samples = fixture.rows("samples");
  const EXACT = 1e-6;

  it("exact: Python's values, base values and predictions", async () => {
    const result = await new ExactExplainer(predictor, masker).shapValues(samples, {});
    assertParity("exact", result.values, fixture.numbers("exact").data, EXACT);
    assertParity("base", result.baseValues, fixture.numbers("base").data, EXACT);
    assertParity("predictions", result.predictions, fixture.numbers("predictions").data, EXACT);
    assert.ok(result.additivityError < 1e-6, String(result.additivityError));
  });

  const regularisations: [L1Reg, string][] = [
    [false, "full"],
    ["num_features(3)", "num_features_3"],
    ["aic", "aic"],
    ["bic", "bic"],
  ];
  for (const [l1Reg, name] of regularisations)
    it(`kernel over all coalitions, l1_reg ${l1Reg}: Python's values`, async () => {
      const result = await new KernelExplainer(predictor, masker).shapValues(samples, { l1Reg, nsamples: 1000 });
      assertParity(`kernel ${l1Reg}`, result.values, fixture.numbers(`kernel_${name}`).data, EXACT);
      assert.ok(result.additivityError < 1e-5);
    });

  it("permutation with Python's orders: Python's values", async () => {
    const orders = fixture.numbers("permutations");
    const result = await new PermutationExplainer(predictor, masker).shapValues(samples, {
      maxEvals: 3 * 17,
      permutation: (sample, n) =>
        Array.from(orders.data.subarray((sample * 3 + n) * 8, (sample * 3 + n + 1) * 8)).filter((i) => i >= 0),
    });
    assertParity("permutation", result.values, fixture.numbers("permutation").data, EXACT);
    assert.ok(result.additivityError < 1e-6);
  });

  it("permutation with drawn orders comes close to exact as they grow, and is additive with one", async () => {
    const error = async (count: number): Promise<number> => {
      const result = await new PermutationExplainer(predictor, masker).shapValues(samples, {
        maxEvals: count * 17,
        seed: 3,
      });
      assert.ok(result.additivityError < 1e-6);
      return relativeDifference(result.values, fixture.numbers("exact").data);
    };
    const [few, many] = [await error(1), await error(200)];
    assert.ok(many < 0.05 && many < few / 2, `${few}, then ${many}`);
  });

  it("kernel with few of many coalitions, in pairs, comes close to exact", async () => {
    const options = { nsamples: 120, l1Reg: false, seed: 5 } as const;
    const result = await new KernelExplainer(predictor, masker).shapValues(samples, options);
    const error = relativeDifference(result.values, fixture.numbers("exact").data);
    assert.ok(error > 0 && error < 0.1, String(error));
    const again = await new KernelExplainer(predictor, masker).shapValues(samples, options);
    assert.deepEqual(again.values, result.values);
    const other = await new KernelExplainer(predictor, masker).shapValues(samples, { ...options, seed: 6 });
    assert.notDeepEqual(other.values, result.values);
  });

  it("sampling is as close to exact as Python's, and adds up", async () => {
    const result = await new SamplingExplainer(predictor, masker).shapValues(samples, { nsamples: 8000, seed: 1 });
    const exact = fixture.numbers("exact").data;
    const [ours, python] = [
      relativeDifference(result.values, exact),
      relativeDifference(fixture.numbers("sampling").data, exact),
    ];
    assert.ok(ours < 2 * python, `${ours}, Python's ${python}`);
    assert.ok(result.additivityError < 1e-4, String(result.additivityError));
  });

  it("stay within the budget, give the same values with any, and report progress", async () => {
    let most = 0;
    const watched: Predictor = {
      ...predictor,
      predict: (rows) => {
        most = Math.max(most, rows.shape[0]);
        return predictor.predict(rows);
      },
    };
    const fractions: number[] = [];
    const chunkMB = (7.5 * predictor.bytesPerRow) / 2 ** 20;
    const result = await new ExactExplainer(watched, masker).shapValues(firstRows(samples, 1), {
      chunkMB,
      onProgress: (fraction) => fractions.push(fraction),
    });
    assert.equal(most, 7);
    assertParity("in small chunks", result.values, fixture.numbers("exact").data.subarray(0, 16), EXACT);
    assert.equal(fractions.at(-1), 1);
    assert.ok(fractions.length > 100 && fractions.every((each, i) => i === 0 || each >= fractions[i - 1]));
  });

  it("stop where they are told to", async () => {
    const abort = new AbortController();
    const explaining = new PermutationExplainer(predictor, masker).shapValues(samples, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error("enough")),
    });
    await assert.rejects(explaining, /enough/);
  });

  it("say what is wrong with an option or an input", async () => {
    const run = (x = samples, maxEvals = 200) => new ExactExplainer(predictor, masker).shapValues(x, { maxEvals });
    await assert.rejects(run(), (error) => error instanceof ExplainerOptionError && /2\^8/.test(error.message));
    await assert.rejects(run(noise([2, 7], 1)), /takes \[n, 8\]/);
    assert.throws(() => new ExactExplainer(predictor, independentMasker(noise([2, 7], 1))), /background/);
    const permutation = new PermutationExplainer(predictor, masker).shapValues(samples, { maxEvals: 10 });
    await assert.rejects(permutation, /17/);
    const kernel = new KernelExplainer(predictor, masker).shapValues(samples, { nsamples: 5, l1Reg: false });
    await assert.rejects(kernel, /nsamples/);
    assert.throws(() => parseL1Reg("num_features()"), ExplainerOptionError);
    assert.deepEqual(["auto", "false", "num_features(4)"].map(parseL1Reg), ["auto", false, "num_features(4)"]);
  });

  it("hide the patches of a picture together", async () => {
    await openBackend("cpu");
    assert.deepEqual(Array.from(squarePatches([3, 4, 1], 2)), [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3]);
    assert.throws(() => squarePatches([5], 2), ExplainerOptionError);
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: "relu", inputShape: [6, 6, 2] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const background = noise([3, 6, 6, 2], 4);
    const patches: Masker = independentMasker(background, squarePatches([6, 6, 2], 3));
    const x = noise([2, 6, 6, 2], 5);
    const tensors = tf.memory().numTensors;
    const exact = await new ExactExplainer(modelPredictor(model), patches).shapValues(x, {});
    const kernel = await new KernelExplainer(modelPredictor(model), patches).shapValues(x, { l1Reg: false });
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(relativeDifference(kernel.values, exact.values) < 1e-5);
    assert.ok(exact.additivityError < 1e-5);
    // Each value of a patch has the same share.
    assert.equal(exact.values[0], exact.values[2 * 2]);
    model.dispose();
  });
});
