/** Links of answers, and interactions of all coalitions, against Python's shap. */
import assert from "node:assert/strict";
import {
  ExactExplainer,
  KernelExplainer,
  PartitionExplainer,
  PermutationExplainer,
  type Predictor,
  SamplingExplainer,
  independentMasker,
} from "../../src/shap";
import { FamilyFixture, assertParity, firstRows } from "./shapFamily";

const BOUND = 1e-6;
const fixture = new FamilyFixture("links");
const perceptron = fixture.perceptron();
const background = fixture.rows("background");
const masker = independentMasker(background);
const samples = fixture.rows("samples");

describe("the link logit", () => {
  const predictor: Predictor = {
    ...perceptron,
    predict: async (rows) => Float64Array.from(await perceptron.predict(rows), (value) => 1 / (1 + Math.exp(-value))),
  };

  it("exact: Python's values and base values, adding up to the log odds", async () => {
    const result = await new ExactExplainer(predictor, masker).shapValues(samples, { link: "logit" });
    assertParity("exact", result.values, fixture.numbers("exact").data, BOUND);
    assertParity("base", result.baseValues, fixture.numbers("exact_expected").data, BOUND);
    assert.ok(result.additivityError < 1e-5, String(result.additivityError));
  });

  it("kernel: Python's values and expected value", async () => {
    const result = await new KernelExplainer(predictor, masker).shapValues(samples, { link: "logit", l1Reg: false });
    assertParity("kernel", result.values, fixture.numbers("kernel").data, BOUND);
    assertParity("expected", result.expectedValue, fixture.numbers("kernel_expected").data, BOUND);
    assert.ok(result.additivityError < 1e-5, String(result.additivityError));
  });

  it("permutation: near exact", async () => {
    const options = { link: "logit", maxEvals: 13 * 200 } as const;
    const result = await new PermutationExplainer(predictor, masker).shapValues(samples, options);
    assertParity("permutation", result.values, fixture.numbers("exact").data, 0.05);
  });

  it("partition, with Python's hierarchy: Python's values and base values, to the leaves and cut short", async () => {
    const clustering = fixture.clustering("clustering");
    const explainer = new PartitionExplainer(predictor, { ...masker, clustering });
    const result = await explainer.shapValues(samples, { link: "logit", maxEvals: 2000 });
    assertParity("partition", result.values, fixture.numbers("partition").data, BOUND);
    assertParity("base", result.baseValues, fixture.numbers("partition_expected").data, BOUND);
    assert.ok(result.additivityError < 1e-5, String(result.additivityError));
    const few = await explainer.shapValues(samples, { link: "logit", maxEvals: 10 });
    assertParity("partition, cut short", few.values, fixture.numbers("partition_few").data, BOUND);
  });

  it("sampling: near exact", async () => {
    const options = { link: "logit", nsamples: 12_000, seed: 1 } as const;
    const result = await new SamplingExplainer(predictor, masker).shapValues(samples, options);
    assertParity("sampling", result.values, fixture.numbers("exact").data, 0.05);
    assert.ok(result.additivityError < 1e-5, String(result.additivityError));
  });

  it("of a single reference is no division by 0", async () => {
    const one = independentMasker(firstRows(background, 1));
    const { values } = await new ExactExplainer(predictor, one).shapValues(samples, { link: "logit" });
    const plain = await new ExactExplainer(perceptron, one).shapValues(samples, {});
    assertParity("single", values, plain.values, BOUND);
  });

  it("refuses answers that are no probabilities", async () => {
    const explained = new ExactExplainer(perceptron, masker).shapValues(samples, { link: "logit" });
    await assert.rejects(explained, /between 0 and 1/);
  });
});

describe("interactions of all coalitions", () => {
  it("are Python's, and add up", async () => {
    const result = await new ExactExplainer(perceptron, masker).shapInteractionValues(samples, {});
    assert.deepEqual(result.featureShape, [6, 6]);
    assertParity("interactions", result.values, fixture.numbers("interactions").data, BOUND);
    assert.ok(result.additivityError < 1e-5, String(result.additivityError));
  });

  it("are of single features", () => {
    const grouped = { ...masker, players: Int32Array.of(0, 0, 1, 2, 3, 4), playerCount: 5 };
    assert.throws(() => new ExactExplainer(perceptron, grouped).shapInteractionValues(samples, {}), /single features/);
  });

  it("leave out a feature that does not vary", async () => {
    const still = { ...background, data: background.data.slice() };
    for (let row = 0; row < still.shape[0]; row++) still.data[row * 6 + 2] = samples.data[2];
    const { values, additivityError } = await new ExactExplainer(
      perceptron,
      independentMasker(still),
    ).shapInteractionValues(firstRows(samples, 1), {});
    for (let i = 0; i < 6; i++)
      for (let k = 0; k < 2; k++) assert.deepEqual([values[(2 * 6 + i) * 2 + k], values[(i * 6 + 2) * 2 + k]], [0, 0]);
    assert.ok(additivityError < 1e-5, String(additivityError));
  });
});
