/** Gradient explainers against Python's, on the same draws. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import { sizeOf } from "../../src/protocol/ndArray";
import { ExplainerOptionError, type GradientDraw, GradientExplainer, IntegratedGradients } from "../../src/shap";
import { noise } from "./shapModels";
import { FamilyFixture, assertParity, relativeDifference } from "./shapFamily";

const fixture = new FamilyFixture("gradient");
const [background, samples] = [fixture.rows("background"), fixture.rows("samples")];
/** Of the largest value: what float32 leaves between TensorFlow and tfjs. */
const BOUND = 1e-5;

function perceptron(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 16, activation: "tanh", inputShape: [64] }),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  const weights = ["w0", "b0", "w1", "b1"].map((name) => fixture.rows(name));
  tf.tidy(() => model.setWeights(weights.map(({ data, shape }) => tf.tensor(data, [...shape]))));
  return model;
}

function pythonDraws(name: "plain" | "smooth"): (sample: number, n: number) => GradientDraw {
  const [rows, places, noises] = [`${name}_rows`, `${name}_places`, "noise"].map((key) => fixture.numbers(key).data);
  return (sample, n) => {
    const i = sample * 60 + n;
    const drawn = { reference: rows[i], t: places[i] };
    return name === "plain" ? drawn : { ...drawn, noise: Float32Array.from(noises.subarray(i * 64, (i + 1) * 64)) };
  };
}

for (const backend of ["cpu", "wasm"] as const) {
  describe(`gradient explainers on ${backend}`, () => {
    let model: tf.LayersModel;
    before(async () => {
      await openBackend(backend);
      model = perceptron();
    });
    after(() => model.dispose());

    it("expected gradients with Python's draws: Python's values", async () => {
      const explainer = new GradientExplainer(model, background);
      const plain = await explainer.shapValues(samples, { nsamples: 60, draw: pythonDraws("plain") });
      assertParity("gradient", plain.values, fixture.numbers("plain").data, BOUND);
      const smooth = await explainer.shapValues(samples, {
        nsamples: 60,
        localSmoothing: 0.1,
        draw: pythonDraws("smooth"),
      });
      assertParity("gradient, smoothed", smooth.values, fixture.numbers("smooth").data, BOUND);
    });

    it("ranked_outputs: Python's outputs and values", async () => {
      const result = await new GradientExplainer(model, background).shapValues(samples, {
        nsamples: 60,
        rankedOutputs: 2,
        draw: pythonDraws("plain"),
      });
      assert.deepEqual(Array.from(result.outputIndexes ?? []), Array.from(fixture.numbers("ranks").data));
      assertParity("ranked", result.values, fixture.numbers("ranked").data, BOUND);
      assert.ok(result.predictions.every((value, i) => i % 2 === 1 || value >= result.predictions[i + 1]));
    });

    it("integrated gradients: those of numpy's quadrature, and additive", async () => {
      const tensors = tf.memory().numTensors;
      const result = await new IntegratedGradients(model, background).shapValues(samples, { nsamples: 20 });
      assert.equal(tf.memory().numTensors, tensors);
      assertParity("integrated", result.values, fixture.numbers("integrated").data, BOUND);
      assert.ok(result.additivityError < 1e-5, String(result.additivityError));
    });
  });
}

describe("gradient explainers", () => {
  before(() => openBackend("cpu"));

  it("agree with integrated gradients where the background is one row and points are many", async () => {
    const model = perceptron();
    const one = { data: background.data.subarray(0, 64), shape: [1, 64] };
    const integrated = await new IntegratedGradients(model, one).shapValues(samples, {});
    const expected = await new GradientExplainer(model, one).shapValues(samples, { nsamples: 1500, seed: 2 });
    const difference = relativeDifference(expected.values, integrated.values);
    assert.ok(difference < 0.1, String(difference));
    model.dispose();
  });

  it("repeat with their seed, in any chunk, and stop where they are told to", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: "relu", inputShape: [4, 4, 1] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1, activation: "sigmoid" }),
      ],
    });
    const x = noise([2, 4, 4, 1], 1);
    const explainer = new GradientExplainer(model, noise([3, 4, 4, 1], 2));
    const options = { nsamples: 30, localSmoothing: 0.2, seed: 4 };
    const [whole, parts, other] = [
      await explainer.shapValues(x, options),
      await explainer.shapValues(x, { ...options, chunkMB: 0.005 }),
      await explainer.shapValues(x, { ...options, seed: 5 }),
    ];
    assert.equal(whole.values.length, sizeOf(x.shape));
    assert.ok(relativeDifference(parts.values, whole.values) < 1e-5);
    assert.ok(relativeDifference(other.values, whole.values) > 1e-3);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(explainer.shapValues(x, { signal }), /enough/);
    for (const wrong of [{ nsamples: 0 }, { rankedOutputs: 2 }, { localSmoothing: -1 }])
      await assert.rejects(explainer.shapValues(x, wrong), ExplainerOptionError);
    model.dispose();
  });
});
