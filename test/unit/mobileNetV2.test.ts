/** The pictures and the base that transfer learning begins with. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { type Split, emoji } from "../../src/data";
import { DataError } from "../../src/data/dataError";
import { mobileNetV2, unfreezeTop } from "../../src/models";

describe("emoji", () => {
  const data = emoji();
  const test = data.test as Split;
  const counts = ({ y }: Split): number[] => {
    const classes = y.shape[1];
    return Array.from(
      { length: classes },
      (_, k) => y.data.filter((value, i) => i % classes === k && value === 1).length,
    );
  };

  it("are 908 colour pictures of six kinds, each with its share of each split", () => {
    assert.deepEqual(data.train.x.shape, [636, 64, 64, 3]);
    assert.deepEqual([data.validation.x.shape[0], test.x.shape[0]], [136, 136]);
    const all = [data.train, data.validation, test].map(counts);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((k) => all[0][k] + all[1][k] + all[2][k]),
      [130, 131, 130, 120, 133, 264],
    );
    for (const held of all.slice(1)) held.forEach((n, k) => assert.ok(Math.abs(n - (all[0][k] * 136) / 636) <= 1));
    const values = new Set(test.x.data);
    assert.ok(Math.min(...values) === 0 && Math.max(...values) === 1 && values.size <= 33);
    // On white, and not grey.
    assert.ok(test.x.data[0] === 1);
    assert.ok(test.x.data.some((value, i) => i % 3 === 0 && Math.abs(value - test.x.data[i + 2]) > 0.5));
  });

  it("are split by the seed", () => {
    assert.deepEqual(emoji({ seed: 42 }).test, test);
    assert.notDeepEqual(emoji({ seed: 1 }).test?.x.data, test.x.data);
    assert.throws(() => emoji({ validation: 0.6, test: 0.6 }), DataError);
  });
});

/** The first eight of 96 channels. */
const REFERENCE = [0.15343, 0.54727, 0.31999, 3.35491, -1.94075, -1.42021, 0.816, -1.45853];

describe("mobileNetV2", () => {
  before(() => tf.setBackend("cpu"));

  it("is Keras's to the end of block 10, frozen", () => {
    const base = mobileNetV2({ inputShape: [33, 64, 3] });
    assert.deepEqual(base.outputs[0].shape, [null, 3, 4, 96]);
    assert.equal(base.countParams(), 317_120);
    assert.equal(base.trainableWeights.length, 0);
    // Keras's numbers of the first layers: 3 x 3 x 3 x 32, and 4 numbers for each of 32 channels.
    assert.deepEqual(
      ["Conv1", "bn_Conv1", "expanded_conv_depthwise", "block_10_project"].map((name) =>
        base.getLayer(name).countParams(),
      ),
      [864, 128, 288, 384 * 96],
    );
    base.dispose();
  });

  it("answers as the network that its weights are of", async () => {
    // By TensorFlow.js from nsfwjs' own model.json, cut at block_10_project_BN: x = (row + column) / 126 in each channel.
    const base = mobileNetV2({ pooling: "avg" });
    const x = tf.tidy(() => {
      const ramp = tf.range(0, 64);
      const plane = tf.div(tf.add(ramp.reshape([64, 1]), ramp.reshape([1, 64])), 126);
      return tf.stack([plane, plane, plane], 2).expandDims(0);
    });
    const y = base.predict(x) as tf.Tensor;
    const values = await y.data();
    REFERENCE.forEach((value, i) =>
      assert.ok(Math.abs(values[i] - value) < 1e-4, `${i}: ${values[i]} is not ${value}`),
    );
    tf.dispose([x, y]);
    base.dispose();
  });

  it("lets its top learn, batch normalization not", () => {
    const base = mobileNetV2();
    unfreezeTop(base, 2);
    assert.deepEqual(
      base.trainableWeights.map(({ originalName }) => originalName),
      ["block_10_depthwise/depthwise_kernel", "block_10_project/kernel"],
    );
    unfreezeTop(base, 0);
    assert.equal(base.trainableWeights.length, 0);
    assert.throws(() => unfreezeTop(base, -1), DataError);
    base.dispose();
  });

  it("refuses what it cannot take, and says what to give", () => {
    assert.throws(
      () => mobileNetV2({ inputShape: [28, 28, 1] }),
      /colour pictures of at least 32 x 32, not \[28, 28, 1\]/,
    );
    assert.throws(() => mobileNetV2({ pooling: "mean" as "avg" }), /no pooling "mean"/);
    assert.throws(() => mobileNetV2({ weights: "noisy" as "random" }), /no weights "noisy"/);
  });
});
