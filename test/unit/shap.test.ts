/** What DeepExplainer promises for every layer and activation, whoever else can compute it. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import { DeepExplainer, UnsupportedLayerError } from "../../src/shap";
import { noise, readFixture } from "./shapModels";

const { layers } = tf;
type Layer = tf.layers.Layer;

/** Gives every weight a value, variances positive ones. */
function fill(model: tf.LayersModel): tf.LayersModel {
  let seed = 3;
  for (const layer of model.layers) {
    const names = layer.weights.map(({ originalName }) => originalName);
    tf.tidy(() =>
      layer.setWeights(
        layer.getWeights().map((w, i) => {
          const { data } = noise(w.shape, seed++);
          return tf.tensor(
            data.map((value) => (names[i].includes("variance") ? 1 + value / 2 : value / 2)),
            w.shape,
          );
        }),
      ),
    );
  }
  return model;
}

function sequential(inputShape: number[], make: (Layer | "three logits")[]): tf.LayersModel {
  const model = tf.sequential();
  model.add(layers.inputLayer({ inputShape }));
  for (const layer of make) {
    if (layer !== "three logits") {
      model.add(layer);
      continue;
    }
    if (model.outputs[0].shape.length > 2) model.add(layers.flatten());
    model.add(layers.dense({ units: 3 }));
  }
  return fill(model);
}

async function assertAdditive(model: tf.LayersModel, bound = 1e-4): Promise<void> {
  const features = model.inputs[0].shape.slice(1) as number[];
  const [x, background] = [noise([3, ...features], 1), noise([5, ...features], 2)];
  const explainer = new DeepExplainer(model, background);
  try {
    const { values, predictions, expectedValue, additivityError } = await explainer.shapValues(x);
    const direct = tf.tidy(() => (model.predict(tf.tensor(x.data, [...x.shape])) as tf.Tensor).dataSync());
    predictions.forEach((value, i) =>
      assert.ok(Math.abs(value - direct[i]) < 1e-4, "the forward pass is the model's own"),
    );
    assert.ok(
      values.some((value) => Math.abs(value) > 1e-3),
      "something must be attributed",
    );
    // Computed here once more, so that the reported error is itself tested.
    const outputs = expectedValue.length;
    const size = tf.util.sizeFromShape(features);
    let worst = 0;
    for (let row = 0; row < predictions.length; row++) {
      let sum = expectedValue[row % outputs] - predictions[row];
      for (let i = 0; i < size; i++) sum += values[(Math.floor(row / outputs) * size + i) * outputs + (row % outputs)];
      worst = Math.max(worst, Math.abs(sum));
    }
    assert.ok(Math.abs(worst - additivityError) < 1e-9, `reported ${additivityError}, is ${worst}`);
    assert.ok(additivityError <= bound, `additivity error ${additivityError}`);
  } finally {
    explainer.dispose();
    model.dispose();
  }
}

const ACTIVATIONS = [
  ...["linear", "relu", "relu6", "elu", "selu", "sigmoid", "hardSigmoid", "softplus", "softsign", "tanh"],
  ...["swish", "mish", "gelu", "gelu_new", "softmax", "logSoftmax"],
] as const;
const activationOf = (name: string) => ({ activation: name as "relu" });
const conv = (settings = {}) => layers.conv2d({ filters: 3, kernelSize: 3, activation: "tanh", ...settings });

const LAYERS: Record<string, () => [number[], ...Layer[]]> = {
  LeakyReLU: () => [[6], layers.dense({ units: 8 }), layers.leakyReLU({ alpha: 0.2 })],
  ReLU: () => [[6], layers.dense({ units: 8 }), layers.reLU({ maxValue: 0.3 })],
  ELU: () => [[6], layers.dense({ units: 8 }), layers.elu()],
  PReLU: () => [[6], layers.dense({ units: 8 }), layers.prelu()],
  ThresholdedReLU: () => [[6], layers.dense({ units: 8 }), layers.thresholdedReLU({ theta: 0.2 })],
  Softmax: () => [[6], layers.dense({ units: 8 }), layers.softmax()],
  "Dense on a sequence": () => [[4, 3], layers.dense({ units: 5, activation: "relu" })],
  "Conv2D, strides and same": () => [[7, 6, 2], conv({ strides: [2, 3], padding: "same" })],
  "Conv2D, strides and valid": () => [[8, 7, 2], conv({ strides: 2 })],
  "Conv2D, dilated": () => [[9, 8, 2], conv({ dilationRate: [2, 3] })],
  "Conv2D, dilated and same": () => [[9, 8, 2], conv({ dilationRate: 2, padding: "same" })],
  "Conv2D, 1 x 1": () => [[4, 4, 3], conv({ kernelSize: 1 })],
  "Conv1D, dilated": () => [[9, 2], layers.conv1d({ filters: 4, kernelSize: 3, dilationRate: 2, activation: "relu" })],
  "Conv1D, strides": () => [[9, 2], layers.conv1d({ filters: 4, kernelSize: 4, strides: 3, padding: "same" })],
  DepthwiseConv2D: () => [[6, 6, 2], layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: "relu" })],
  "MaxPooling2D after convolutions": () => [
    [10, 10, 1],
    conv({ activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2 }),
    conv({ activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2 }),
  ],
  "MaxPooling2D, overlapping and same": () => [
    [7, 7, 2],
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
  ],
  "MaxPooling2D before a strided convolution": () => [
    [9, 9, 1],
    layers.maxPooling2d({ poolSize: 2, strides: 1 }),
    conv({ strides: 2 }),
  ],
  MaxPooling1D: () => [[9, 2], layers.maxPooling1d({ poolSize: 2 })],
  AveragePooling2D: () => [[7, 7, 2], layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" })],
  AveragePooling1D: () => [[9, 2], layers.averagePooling1d({ poolSize: 2 })],
  GlobalMaxPooling1D: () => [[5, 3], layers.globalMaxPooling1d()],
  GlobalMaxPooling2D: () => [[5, 4, 3], conv(), layers.globalMaxPooling2d({})],
  GlobalAveragePooling1D: () => [[5, 3], layers.globalAveragePooling1d()],
  GlobalAveragePooling2D: () => [[5, 4, 3], conv(), layers.globalAveragePooling2d({})],
  BatchNormalization: () => [
    [5, 4, 3],
    conv(),
    layers.batchNormalization(),
    layers.reLU(),
    layers.maxPooling2d({ poolSize: 2 }),
  ],
  "BatchNormalization after MaxPooling2D": () => [
    [6, 6, 3],
    layers.maxPooling2d({ poolSize: 2 }),
    layers.batchNormalization(),
    conv(),
  ],
  "BatchNormalization before MaxPooling2D": () => [
    [6, 6, 3],
    layers.batchNormalization(),
    layers.maxPooling2d({ poolSize: 2 }),
  ],
  "BatchNormalization without scale": () => [[6], layers.batchNormalization({ scale: false, center: false })],
  ZeroPadding2D: () => [
    [4, 4, 2],
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
    conv(),
  ],
  Cropping2D: () => [
    [6, 6, 2],
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  ],
  UpSampling2D: () => [[3, 4, 2], layers.upSampling2d({ size: [2, 3] }), conv()],
  Permute: () => [[3, 4, 2], layers.permute({ dims: [3, 1, 2] }), conv({ kernelSize: 2 })],
  Reshape: () => [[12], layers.reshape({ targetShape: [2, 3, 2] }), conv({ kernelSize: 2 })],
  RepeatVector: () => [[4], layers.repeatVector({ n: 3 }), layers.dense({ units: 4, activation: "relu" })],
  Dropout: () => [
    [8],
    layers.dropout({ rate: 0.5 }),
    layers.gaussianNoise({ stddev: 1 }),
    layers.gaussianDropout({ rate: 0.5 }),
    layers.alphaDropout({ rate: 0.5 }),
    layers.dense({ units: 4, activation: "relu" }),
  ],
};

for (const backend of ["cpu", "wasm"] as const) {
  describe(`DeepExplainer on ${backend} is additive`, () => {
    before(async () => {
      await openBackend(backend);
    });

    for (const name of ACTIVATIONS) {
      it(`with the activation ${name}, fused, as a layer and last`, async () => {
        await assertAdditive(
          sequential(
            [6],
            [
              layers.dense({ units: 8, ...activationOf(name) }),
              layers.dense({ units: 5 }),
              layers.activation(activationOf(name)),
              layers.dense({ units: 3, ...activationOf(name) }),
            ],
          ),
        );
      });
    }

    for (const [name, make] of Object.entries(LAYERS)) {
      it(`through ${name}`, async () => {
        const [inputShape, ...tested] = make();
        await assertAdditive(sequential(inputShape, [...tested, "three logits"]));
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
    const model = sequential([4, 3], [layers.lstm({ units: 2, name: "memory" })]);
    const before = tf.memory().numTensors;
    assert.throws(
      () => new DeepExplainer(model, noise([2, 4, 3], 1)),
      (error) =>
        error instanceof UnsupportedLayerError &&
        error.layerName === "memory" &&
        error.className === "LSTM" &&
        /memory.*LSTM/.test(error.message) &&
        error.supported.includes("Conv2D"),
    );
    assert.equal(tf.memory().numTensors, before);
    model.dispose();
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
