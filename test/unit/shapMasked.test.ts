/** Coalitions through a model that begins with a dense layer: the answers of rows that are masked one by one. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import {
  ExactExplainer,
  KernelExplainer,
  PermutationExplainer,
  type Predictor,
  independentMasker,
  modelPredictor,
} from "../../src/shap";
import { relativeDifference } from "./shapFamily";
import { noise } from "./shapModels";

const [FEATURES, REFERENCES] = [6, 5];

const chains: Record<string, () => tf.layers.Layer[]> = {
  "a rectifier": () => [
    tf.layers.dense({ units: 7, activation: "relu", inputShape: [FEATURES] }),
    tf.layers.dense({ units: 2, activation: "softmax" }),
  ],
  "another activation, no bias and dropout": () => [
    tf.layers.dense({ units: 7, activation: "tanh", useBias: false, inputShape: [FEATURES] }),
    tf.layers.dropout({ rate: 0.5 }),
    tf.layers.dense({ units: 3, activation: "relu" }),
    tf.layers.dense({ units: 1, activation: "sigmoid" }),
  ],
  "nothing behind the layer": () => [tf.layers.dense({ units: 2, activation: "sigmoid", inputShape: [FEATURES] })],
};

describe("coalitions through a first dense layer", () => {
  after(() => tf.setBackend("cpu"));
  const [background, x] = [noise([REFERENCES, FEATURES], 1), noise([2, FEATURES], 2)];
  const maskers = {
    alone: independentMasker(background),
    "in groups": independentMasker(background, Int32Array.of(0, 1, 0, 2, 3, 1)),
  };

  for (const backend of ["cpu", "wasm"] as const)
    for (const [name, layers] of Object.entries(chains))
      for (const [how, masker] of Object.entries(maskers))
        it(`${name}, features ${how}, ${backend}: the values of masked rows, and no tensor left`, async () => {
          await openBackend(backend);
          const model = tf.sequential({ layers: layers() });
          model.setWeights(model.getWeights().map(({ shape }, i) => tf.tensor(noise(shape, 10 + i).data, shape)));
          let masked = 0;
          const fast: Predictor = {
            ...modelPredictor(model),
            masked: async (...args) => {
              masked++;
              return modelPredictor(model).masked?.(...args);
            },
          };
          const plain: Predictor = { ...fast };
          delete plain.masked;
          // So little that a chunk has one coalition, and that the layer's outputs fit a quarter of it.
          const chunkMB = (1.5 * REFERENCES * fast.bytesPerRow + 16 * 7 * FEATURES * REFERENCES) / 2 ** 20;
          for (const explain of [
            (predictor: Predictor) => new ExactExplainer(predictor, masker).shapValues(x, {}),
            (predictor: Predictor) => new ExactExplainer(predictor, masker).shapValues(x, { chunkMB }),
            (predictor: Predictor) => new KernelExplainer(predictor, masker).shapValues(x, { link: "logit" }),
            (predictor: Predictor) => new PermutationExplainer(predictor, masker).shapValues(x, { maxEvals: 40 }),
          ]) {
            const tensors = tf.memory().numTensors;
            const [actual, expected] = [await explain(fast), await explain(plain)];
            assert.equal(tf.memory().numTensors, tensors);
            assert.ok(relativeDifference(actual.values, expected.values) < 1e-5);
          }
          assert.ok(masked >= 6, `taken ${masked} times`);
          model.dispose();
        });

  it("a budget too small for what members change is kept by masking rows", async () => {
    await openBackend("cpu");
    const model = tf.sequential({ layers: chains["a rectifier"]() });
    const predictor = modelPredictor(model);
    const masked = await predictor.masked?.(
      { ...maskers.alone, x: x.data.subarray(0, FEATURES), standIns: background.data },
      1e-6,
    );
    assert.equal(masked, undefined);
    model.dispose();
  });

  it("a model that begins otherwise has none", async () => {
    await openBackend("cpu");
    const model = tf.sequential({
      layers: [tf.layers.batchNormalization({ inputShape: [FEATURES] }), tf.layers.dense({ units: 2 })],
    });
    const sample = { ...maskers.alone, x: x.data.subarray(0, FEATURES), standIns: background.data };
    assert.equal(await modelPredictor(model).masked?.(sample, 256), undefined);
    model.dispose();
  });
});
