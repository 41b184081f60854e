import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { explainMissingKernel, openBackend } from "../../src/runner/backends";
import { addKernel } from "../../src/runner/backends/wasm/heap";
import { lentKernel } from "../../src/runner/backends/wasm/lend";
import { UserError } from "../../src/runner/errors";

function errorOf(f: () => unknown): unknown {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("operations that a backend lacks", () => {
  after(() => tf.setBackend("cpu"));

  it("are lent to wasm by the cpu backend, said once each, and leave nothing behind", async () => {
    await openBackend("cpu");
    await openBackend("wasm");
    const messages: string[] = [];
    addKernel(
      "LentUnsortedSegmentSum",
      lentKernel(tf.UnsortedSegmentSum, (message) => messages.push(message)),
    );
    const cpuTensors = tf.findBackend("cpu").numDataIds();
    const wasmTensors = tf.findBackend("wasm").numDataIds();
    const sum = () =>
      tf.tidy(() => {
        const inputs = { x: tf.tensor1d([1, 2, 3, 4]), segmentIds: tf.tensor1d([0, 1, 0, 2], "int32") };
        const out: tf.Tensor = tf.engine().runKernel("LentUnsortedSegmentSum", inputs, { numSegments: 3 });
        return Array.from(out.dataSync());
      });
    assert.deepEqual(sum(), [4, 2, 4]);
    assert.deepEqual(sum(), [4, 2, 4]);
    assert.equal(messages.length, 1);
    assert.match(messages[0], /^UnsortedSegmentSum is computed in plain JavaScript/);
    assert.equal(tf.findBackend("cpu").numDataIds(), cpuTensors);
    assert.equal(tf.findBackend("wasm").numDataIds(), wasmTensors);
  });

  it("are all of the cpu backend's on wasm", async () => {
    await openBackend("wasm");
    const missing = tf.getKernelsForBackend("cpu").filter(({ kernelName }) => !tf.getKernel(kernelName, "wasm"));
    assert.deepEqual(missing, []);
  });

  it("are named, with the backend that has them", async () => {
    await openBackend("cpu");
    await openBackend("wasm");
    const kernel = tf.getKernel(tf.Softplus, "wasm");
    tf.unregisterKernel(tf.Softplus, "wasm");
    try {
      const error = explainMissingKernel(errorOf(() => tf.softplus(tf.tensor1d([1]))));
      assert.ok(error instanceof UserError);
      assert.equal(error.message, 'The model needs the operation Softplus, which the backend "wasm" does not have.');
      assert.match(error.advice ?? "", /--backend cpu/);
    } finally {
      tf.registerKernel(kernel);
    }
  });

  it("are not promised on the cpu backend where it lacks them too", async () => {
    await openBackend("wasm");
    const error = explainMissingKernel(errorOf(() => tf.engine().runKernel("NoSuchKernel", {})));
    assert.ok(error instanceof UserError);
    assert.match(error.advice ?? "", /^Replace the layer/);
  });

  it("leave other errors as they are", () => {
    const error = new Error("something else");
    assert.equal(explainMissingKernel(error), error);
  });
});
