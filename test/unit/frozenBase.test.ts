/** A frozen base whose outputs are computed once, against the same training without that. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { TrainingData } from "../../src/data/trainingData";
import { SeededRandom } from "../../src/runner/random";
import type { FeatureCache } from "../../src/runner/training/features";
import { findFrozenBase } from "../../src/runner/training/frozenBase";
import { type TrainingJob, train } from "../../src/runner/training/train";

type NewEvent = Parameters<Parameters<typeof train>[1]>[0];

/** A base with everything that a base may have, a shortcut too, and a head with dropout. */
function makeModel(): tf.LayersModel {
  const picture = tf.input({ shape: [6, 6, 2] });
  const conv = (filters: number) => tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", useBias: false });
  let x = conv(3).apply(picture) as tf.SymbolicTensor;
  x = tf.layers.batchNormalization().apply(x) as tf.SymbolicTensor;
  const y = tf.layers.activation({ activation: "relu6" }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.add().apply([x, conv(3).apply(y) as tf.SymbolicTensor]) as tf.SymbolicTensor;
  x = conv(3).apply(x) as tf.SymbolicTensor;
  const base = tf.model({ inputs: picture, outputs: x });
  base.trainable = false;
  const model = tf.sequential({
    layers: [
      base,
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 8, activation: "relu" }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 2, activation: "softmax", kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

function makeData(): TrainingData {
  const split = (rows: number, seed: number) => {
    const x = tf.randomUniform([rows, 6, 6, 2], 0, 1, "float32", seed);
    const y = tf.tidy(() => tf.oneHot(tf.cast(tf.greater(x.mean([1, 2, 3]), 0.5), "int32"), 2));
    return {
      x: { data: x.dataSync() as Float32Array, shape: [rows, 6, 6, 2] },
      y: { data: Float32Array.from(y.dataSync()), shape: [rows, 2] },
    };
  };
  return { train: split(40, 1), validation: split(12, 2), test: split(12, 3) };
}

async function trained(
  parts: { whole?: boolean; cache?: FeatureCache; fineTune?: boolean } = {},
): Promise<{ weights: number[]; events: NewEvent[] }> {
  const random = new SeededRandom(7);
  const model = makeModel();
  const events: NewEvent[] = [];
  const job: TrainingJob = { model, data: makeData(), epochs: 3, batchSize: 16, seed: 7 };
  // What augments has the base see other pictures in every epoch, for all that the loop knows.
  if (parts.whole) job.augment = ({ x, y }) => ({ x, y });
  if (parts.fineTune) {
    const begin = (): Promise<void> => {
      const base = model.layers[0] as tf.LayersModel;
      base.trainable = true;
      for (const layer of base.layers)
        layer.trainable = layer === base.layers.findLast(({ weights }) => weights.length);
      model.compile({ optimizer: tf.train.adam(0.001), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
      return Promise.resolve();
    };
    job.fineTune = { epochs: 2, begin };
  }
  try {
    await train(job, (event) => events.push(event), {
      stopRequested: () => false,
      saveCheckpoint: () => Promise.resolve(),
      saveSamples: () => Promise.resolve(),
      ...(parts.cache ? { features: parts.cache } : {}),
    });
    const weights = model.layers.flatMap((layer) => layer.getWeights().flatMap((w) => Array.from(w.dataSync())));
    return { weights, events };
  } finally {
    random.dispose();
    model.dispose();
  }
}

const messages = (events: readonly NewEvent[]): string[] =>
  events.flatMap((event) => (event.type === "log" ? [event.message] : []));
const metrics = (events: readonly NewEvent[]): number[] =>
  events.flatMap((event) => (event.type === "epoch" ? Object.values(event.metrics) : []));

function same(a: readonly number[], b: readonly number[], tolerance: number): void {
  assert.equal(a.length, b.length);
  const worst = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  assert.ok(worst <= tolerance, `they differ by ${worst}`);
}

describe("a frozen base", () => {
  before(() => tf.setBackend("cpu"));

  it("trains to the same weights and metrics with its outputs computed once as without", async () => {
    const [once, whole] = [await trained(), await trained({ whole: true })];
    assert.match(messages(once.events)[0], /^Computed the outputs of the frozen base, 64 of shape \[3\]/);
    assert.deepEqual(messages(whole.events), []);
    same(once.weights, whole.weights, 1e-5);
    same(metrics(once.events), metrics(whole.events), 1e-5);
  });

  it("does so too where its top learns after some epochs; tensors do not pile up", async () => {
    const [once, whole] = [await trained({ fineTune: true }), await trained({ fineTune: true, whole: true })];
    assert.match(messages(once.events)[1], /^Computed the outputs of the frozen base, 64 of shape \[6, 6, 3\]/);
    same(once.weights, whole.weights, 1e-5);
    same(metrics(once.events), metrics(whole.events), 1e-5);
    const tensors = once.events.flatMap((event) => (event.type === "epoch" ? [event.tensors] : []));
    assert.equal(tensors.length, 5);
    assert.equal(new Set(tensors.slice(0, 3)).size, 1);
    assert.equal(tensors[3], tensors[4]);
    assert.deepEqual(
      once.events.flatMap((event) => (event.type === "checkpoint" ? [event.epoch] : [])),
      [4, 6],
    );
  });

  it("is computed for one run and found by the next", async () => {
    const kept = new Map<string, Parameters<FeatureCache["write"]>[1]>();
    const cache: FeatureCache = {
      read: (key) => Promise.resolve(kept.has(key) ? new Map(kept.get(key)) : undefined),
      write: (key, features) => Promise.resolve(void kept.set(key, features)),
    };
    const first = await trained({ cache });
    const second = await trained({ cache });
    assert.match(messages(second.events)[0], /^Found the outputs of the frozen base/);
    assert.deepEqual(second.weights, first.weights);
    assert.equal(kept.size, 1);
  });

  it("ends before what draws, keeps moments or learns; without weights there is none", () => {
    const layersOf = (...layers: tf.layers.Layer[]) => {
      const model = tf.sequential({ layers: [...layers, tf.layers.reLU(), tf.layers.dense({ units: 1 })] });
      return findFrozenBase(model)?.model.layers.map((layer) => layer.getClassName());
    };
    const frozen = (units = 2, more = {}) => tf.layers.dense({ units, trainable: false, ...more });
    const first = { inputShape: [3] };
    assert.deepEqual(layersOf(frozen(2, first)), ["InputLayer", "Dense", "ReLU"]);
    assert.deepEqual(layersOf(frozen(2, first), tf.layers.dropout({ rate: 0.1 }), frozen()), ["InputLayer", "Dense"]);
    const batch = ["InputLayer", "Dense"];
    assert.deepEqual(layersOf(frozen(2, first), tf.layers.batchNormalization()), batch);
    const plain = { center: false, scale: false };
    assert.deepEqual(layersOf(frozen(2, first), tf.layers.batchNormalization(plain)), batch);
    assert.equal(layersOf(tf.layers.reLU({ inputShape: [3] })), undefined);
    assert.equal(layersOf(tf.layers.dense({ units: 2, ...first })), undefined);
    assert.equal(
      layersOf(tf.layers.embedding({ inputDim: 3, outputDim: 2, maskZero: true, inputLength: 3, trainable: false })),
      undefined,
    );
  });
});
