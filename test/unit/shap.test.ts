/** What DeepExplainer promises for every layer and activation, whoever else can compute it. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import { DeepExplainer, UnsupportedLayerError } from "../../src/shap";
import { assertAdditive, rowsFor } from "./shapAdditive";
import { activationModel, ACTIVATIONS, conv, fill, GRAPHS, layerModel, LAYERS, sequential } from "./shapOps";
import { noise, readFixture } from "./shapModels";

const { layers } = tf;

for (const backend of ["cpu", "wasm"] as const) {
  describe(`DeepExplainer on ${backend} is additive`, () => {
    before(async () => {
      await openBackend(backend);
    });

    for (const name of ACTIVATIONS) {
      it(`with the activation ${name}, fused, as a layer and last`, async () => {
        await assertAdditive(activationModel(name));
      });
    }

    for (const [name, make] of Object.entries(LAYERS)) {
      it(`through ${name}`, async () => {
        await assertAdditive(layerModel(make()));
      });
    }

    for (const [name, { model, rows }] of Object.entries(GRAPHS)) {
      it(`through ${name}`, async () => {
        await assertAdditive(model(), rows);
      });
    }
  });
}

describe("DeepExplainer", () => {
  before(async () => {
    await openBackend("wasm");
  });

  it("follows branches, merges, shared layers and models used as layers", async () => {
    const input = tf.input({ shape: [6, 6, 2] });
    const shared = conv({ padding: "same" });
    const inner = tf.sequential({ layers: [conv({ padding: "same", inputShape: [6, 6, 3] }), layers.reLU()] });
    const [a, b] = [
      shared.apply(input),
      layers.maxPooling2d({ poolSize: 3, strides: 1, padding: "same" }).apply(input),
    ];
    const c = shared.apply(b) as tf.SymbolicTensor;
    const added = layers.add().apply([a as tf.SymbolicTensor, c]);
    const averaged = layers.average().apply([added as tf.SymbolicTensor, inner.apply(added) as tf.SymbolicTensor]);
    const joined = layers.concatenate({ axis: 2 }).apply([averaged as tf.SymbolicTensor, c]);
    const last = layers
      .concatenate()
      .apply([joined as tf.SymbolicTensor, layers.reLU().apply(joined) as tf.SymbolicTensor]);
    const flat = layers.flatten().apply(last);
    const output = layers.dense({ units: 3, activation: "softmax" }).apply(flat) as tf.SymbolicTensor;
    await assertAdditive(fill(tf.model({ inputs: input, outputs: output })));
  });

  it("gives the same values in small chunks as in large ones, and tells its progress", async () => {
    const { model, background, samples } = await readFixture("cnn-flat-softmax");
    const explainer = new DeepExplainer(model, background);
    const whole = await explainer.shapValues(samples);
    const fractions: number[] = [];
    const parts = await explainer.shapValues(samples, { chunkMB: 0.001, onProgress: (done) => fractions.push(done) });
    assert.equal(fractions.length, samples.shape[0] * background.shape[0]);
    assert.deepEqual(
      fractions,
      fractions.toSorted((a, b) => a - b),
    );
    assert.equal(fractions.at(-1), 1);
    const worst = parts.values.reduce((most, value, i) => Math.max(most, Math.abs(value - whole.values[i])), 0);
    assert.ok(worst < 1e-6, String(worst));
    explainer.dispose();
    model.dispose();
  });

  it("gives the same values in any memory", async () => {
    for (const name of ["mlp-softmax", "cnn-flat-softmax", "cnn-average-logits", "batch-normalization", "conv1d"]) {
      const { model, background, samples } = await readFixture(name);
      const explainer = new DeepExplainer(model, background);
      const whole = await explainer.shapValues(samples);
      // Each with other blocks than the one before, of which the explainer keeps some.
      for (const chunkMB of [0.01, 0.05, 0.2, 1, 4, 0.05]) {
        const parts = await explainer.shapValues(samples, { chunkMB });
        const worst = parts.values.reduce((most, value, i) => Math.max(most, Math.abs(value - whole.values[i])), 0);
        assert.ok(worst < 1e-6, `${name}, ${chunkMB} MiB: ${worst}`);
        const shift = parts.expectedValue.map((value, i) => Math.abs(value - whole.expectedValue[i]));
        assert.ok(Math.max(...shift) < 1e-6, `${name}, ${chunkMB} MiB: expected value off by ${Math.max(...shift)}`);
      }
      explainer.dispose();
      model.dispose();
    }
  });

  it("ranked_outputs: the columns of each sample's own outputs, in any memory", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, activation: "tanh", inputShape: [4] }),
        tf.layers.dense({ units: 5, activation: "softmax" }),
      ],
    });
    const explainer = new DeepExplainer(model, noise([9, 4], 1));
    const x = noise([7, 4], 2);
    const all = await explainer.shapValues(x);
    for (const order of ["max", "min"] as const) {
      for (const chunkMB of [256, 0.002]) {
        const ranked = await explainer.shapValues(x, { rankedOutputs: 2, outputRankOrder: order, chunkMB });
        assert.deepEqual([ranked.outputs, ranked.values.length], [2, 7 * 4 * 2]);
        const indexes = ranked.outputIndexes ?? [];
        const sign = order === "max" ? 1 : -1;
        for (let sample = 0; sample < 7; sample++) {
          const answers = Array.from(all.predictions.subarray(sample * 5, sample * 5 + 5));
          const expected = [...answers.keys()].sort((a, b) => sign * (answers[b] - answers[a])).slice(0, 2);
          assert.deepEqual(Array.from(indexes.slice(sample * 2, sample * 2 + 2)), expected);
          expected.forEach((output, k) => {
            assert.equal(ranked.predictions[sample * 2 + k], answers[output]);
            assert.ok(Math.abs(ranked.baseValues[sample * 2 + k] - all.expectedValue[output]) < 1e-12);
            for (let i = 0; i < 4; i++) {
              const difference = ranked.values[(sample * 4 + i) * 2 + k] - all.values[(sample * 4 + i) * 5 + output];
              assert.ok(Math.abs(difference) < 1e-5, String(difference));
            }
          });
        }
        assert.ok(ranked.additivityError < 1e-5);
      }
    }
    for (const rankedOutputs of [0, 6, 1.5]) await assert.rejects(explainer.shapValues(x, { rankedOutputs }), /1 to 5/);
    explainer.dispose();
    model.dispose();
  });

  it("stops between chunks", async () => {
    const { model, background, samples } = await readFixture("mlp-softmax");
    const explainer = new DeepExplainer(model, background);
    const abort = new AbortController();
    let chunks = 0;
    const stopped = explainer.shapValues(samples, {
      chunkMB: 0.001,
      signal: abort.signal,
      onProgress: () => {
        if (++chunks === 3) abort.abort(new Error("enough"));
      },
    });
    await assert.rejects(stopped, /enough/);
    assert.equal(chunks, 3);
    explainer.dispose();
    model.dispose();
  });

  it("leaves no tensor behind", async () => {
    for (const name of ["mlp-softmax", "cnn-average-logits", "padding-up-sampling", "batch-normalization", "conv1d"]) {
      const { model, background, samples } = await readFixture(name);
      const before = tf.memory().numTensors;
      const explainer = new DeepExplainer(model, background);
      await explainer.shapValues(samples);
      const between = tf.memory().numTensors;
      await explainer.shapValues(samples);
      assert.equal(tf.memory().numTensors, between, `${name}: a call leaks`);
      explainer.dispose();
      assert.equal(tf.memory().numTensors, before, `${name}: the explainer leaks`);
      model.dispose();
    }
  });

  it("names the layer that it cannot explain, and says what it can", () => {
    class Doubling extends tf.layers.Layer {
      static readonly className = "Doubling";
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, 2);
      }
    }
    const model = sequential([4], [new Doubling({ name: "twice" }), layers.dense({ units: 2 })]);
    const before = tf.memory().numTensors;
    assert.throws(
      () => new DeepExplainer(model, noise([2, 4], 1)),
      (error) =>
        error instanceof UnsupportedLayerError &&
        error.layerName === "twice" &&
        error.className === "Doubling" &&
        /twice.*Doubling/.test(error.message) &&
        error.supported.includes("Conv2D"),
    );
    assert.equal(tf.memory().numTensors, before);
    model.dispose();
  });

  it("names the layer that tfjs itself computes wrongly", () => {
    const remembering = [
      layers.masking({}),
      layers.lstm({ units: 2 }),
      layers.repeatVector({ n: 4 }),
      layers.lstm({ units: 2, name: "second" }),
    ];
    const wrong: [number[], tf.layers.Layer[], RegExp][] = [
      [[4, 3], remembering, /"second" \(LSTM\).*mask.*by mistake/],
      [[4, 3, 2], [layers.softmax({ axis: 1 })], /not over the last axis, which tfjs cannot compute/],
      [[4, 3], [layers.conv1d({ filters: 2, kernelSize: 2, dataFormat: "channelsFirst" })], /channels come first/],
    ];
    for (const [shape, make, message] of wrong) {
      const model = tf.sequential();
      model.add(layers.inputLayer({ inputShape: shape }));
      for (const layer of make) model.add(layer);
      if (model.outputs[0].shape.length > 2) model.add(layers.flatten());
      model.add(layers.dense({ units: 2 }));
      const before = tf.memory().numTensors;
      assert.throws(() => new DeepExplainer(model, noise([2, ...shape], 1)), message, String(message));
      assert.equal(tf.memory().numTensors, before);
      model.dispose();
    }
  });

  it("takes one array an input, and says so where there are more or fewer", async () => {
    const { model, rows } = GRAPHS["Two inputs"];
    const two = model();
    const [image, words] = rowsFor(two, 4, 1, rows);
    assert.throws(() => new DeepExplainer(two, image), /2 inputs.*1.*one array an input/);
    const other = { data: words.data.slice(0, 8), shape: [2, 4] };
    assert.throws(() => new DeepExplainer(two, [image, other]), /4 rows of one input and 2 of another/);
    const explainer = new DeepExplainer(two, [image, words]);
    await assert.rejects(explainer.shapValues(image), /2 inputs/);
    const results = await explainer.shapValues([image, words]);
    assert.deepEqual(
      results.map(({ featureShape }) => featureShape),
      [[5, 5, 1], [4]],
    );
    explainer.dispose();
    two.dispose();
  });

  it("refuses what does not fit the model", async () => {
    const model = sequential([4], [layers.dense({ units: 2 })]);
    assert.throws(() => new DeepExplainer(model, noise([2, 5], 1)), /background.*\[2, 5\].*\[n, 4\]/);
    assert.throws(() => new DeepExplainer(model, { data: new Float32Array(0), shape: [0, 4] }), RangeError);
    const explainer = new DeepExplainer(model, noise([2, 4], 1));
    await assert.rejects(explainer.shapValues(noise([4], 1)), /samples.*\[4\]/);
    explainer.dispose();
    model.dispose();
    const images = sequential([4, 4, 1], [conv()]);
    assert.throws(() => new DeepExplainer(images, noise([2, 4, 4, 1], 1)), /\[batch, outputs\]/);
    images.dispose();
  });
});
