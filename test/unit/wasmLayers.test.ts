import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import { describeLayers } from "./trainedLayers";

describe("layers on wasm train as on the cpu backend", () => {
  let warn: typeof console.warn;
  before(() => {
    warn = console.warn;
    console.warn = () => undefined;
  });
  after(async () => {
    console.warn = warn;
    await tf.setBackend("cpu");
  });

  describeLayers("wasm");

  for (const backend of ["wasm", "cpu"] as const) {
    it(`upsampling gives each example its own gradient on ${backend}`, async () => {
      await openBackend(backend);
      const gradient = tf.tidy(() => {
        const weights = tf.range(0, 32).reshape([2, 4, 4, 1]);
        const f = (x: tf.Tensor) => tf.sum(tf.mul(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 4]), weights));
        return Array.from(
          tf
            .grad(f)(tf.ones([2, 2, 2, 1]))
            .dataSync(),
        );
      });
      assert.deepEqual(gradient, [10, 18, 42, 50, 74, 82, 106, 114]);
    });

    it(`average pooling shares out by the numbers in a window on ${backend}`, async () => {
      await openBackend(backend);
      const gradient = tf.tidy(() => {
        const f = (x: tf.Tensor) => tf.sum(tf.avgPool(x as tf.Tensor4D, 2, 2, "same"));
        return Array.from(
          tf
            .grad(f)(tf.ones([1, 3, 3, 1]))
            .dataSync(),
        );
      });
      assert.deepEqual(gradient, [0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
    });
  }
});
