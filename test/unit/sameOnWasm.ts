/** What an operation gives on our wasm kernels and on the cpu backend, with its gradients. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";

const TOLERANCE = 1e-4;

export type Case = (inputs: tf.Tensor[]) => tf.Tensor;

/** The same numbers on every backend. */
function values(shape: number[], seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** The result and the gradients of a weighted sum of it, flattened. */
export async function compute(backend: "wasm" | "cpu", f: Case, shapes: number[][]): Promise<Float32Array[]> {
  await openBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const inputs = shapes.map((shape, i) => tf.tensor(values(shape, i + 1), shape));
    const out = f(inputs);
    const weights = tf.tensor(values(out.shape, 99), out.shape);
    const gradients = tf.grads((...inputs: tf.Tensor[]) => tf.sum(tf.mul(f(inputs), weights)))(inputs);
    return [out, ...gradients].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
  assert.equal(tf.memory().numTensors, before, "tensors leak");
  return results;
}

export async function assertSame(f: Case, ...shapes: number[][]): Promise<void> {
  assertClose(await compute("wasm", f, shapes), await compute("cpu", f, shapes));
}

export function assertClose(actual: Float32Array[], expected: Float32Array[]): void {
  expected.forEach((array, i) => {
    const other = actual[i];
    assert.equal(other.length, array.length);
    const scale = array.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    array.forEach((value, j) => {
      const difference = Math.abs(value - other[j]);
      assert.ok(difference <= TOLERANCE * scale, `${i}[${j}]: ${value} on cpu, ${other[j]} here`);
    });
  });
}
