import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { categoricalCrossentropy } from "../../src/runner/training/crossentropy";

describe("the crossentropy of training", () => {
  before(() => tf.setBackend("cpu"));

  const cases: Record<string, { output: number[][]; target: number[][] }> = {
    "probabilities and one-hot targets": {
      output: [
        [0.7, 0.2, 0.1],
        [0.1, 0.1, 0.8],
      ],
      target: [
        [1, 0, 0],
        [0, 1, 0],
      ],
    },
    "outputs that do not sum to 1, and soft targets": {
      output: [
        [2, 1, 0.5],
        [0.3, 0.9, 0.1],
      ],
      target: [
        [0.6, 0.3, 0.1],
        [0.2, 0.2, 0.6],
      ],
    },
    "outputs of 0 and 1, which are clipped": {
      output: [
        [1, 0, 0],
        [0, 0, 1],
      ],
      target: [
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
  };
  for (const [name, { output, target }] of Object.entries(cases)) {
    it(`has tfjs's own values and gradients: ${name}`, () => {
      const [o, t] = [tf.tensor2d(output), tf.tensor2d(target)];
      const weights = tf.tensor1d([1, 3]);
      const weighted =
        (loss: (target: tf.Tensor, output: tf.Tensor) => tf.Tensor) =>
        (output: tf.Tensor): tf.Scalar =>
          tf.sum(tf.mul(loss(t, output), weights));
      const expected = tf.valueAndGrad(weighted(tf.metrics.categoricalCrossentropy))(o);
      const actual = tf.valueAndGrad(weighted(categoricalCrossentropy))(o);
      close(actual.value, expected.value);
      close(actual.grad, expected.grad);
      tf.dispose([o, t, weights, expected, actual]);
    });
  }

  it("takes targets of whole numbers, and leaves no tensor", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const target = tf.tensor2d([[0, 1]], [1, 2], "int32");
      close(categoricalCrossentropy(target, tf.tensor2d([[0.5, 0.5]])), tf.tensor1d([Math.log(2)]));
    });
    assert.equal(tf.memory().numTensors, before);
  });
});

function close(actual: tf.Tensor, expected: tf.Tensor): void {
  assert.deepEqual(actual.shape, expected.shape);
  const wanted = expected.dataSync();
  actual.dataSync().forEach((value, i) => {
    assert.ok(Math.abs(value - wanted[i]) <= 1e-5 * Math.max(1, Math.abs(wanted[i])), `${value}, not ${wanted[i]}`);
  });
}
