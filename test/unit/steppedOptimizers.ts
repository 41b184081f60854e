/** Ten steps of each optimizer by our kernels and by tfjs's own: the same weights and state. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type OpenBackend, openBackend } from "../../src/runner/backends";
import type { BackendOptions } from "../../src/runner/backends/rung";
import { applyGradients } from "../../src/runner/backends/fusedOptimizers";
import { STEP_KERNELS } from "../../src/runner/backends/stepKernels";

/** Numbers in (-1, 1). */
function values(shape: number[], seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** Tests of the optimizers on a backend. @param options to open it with, asked for when the tests run. */
export function describeOptimizers(
  backend: "webgpu" | "native" | "wasm",
  options: () => BackendOptions = () => ({}),
): void {
  let opened: OpenBackend;
  before(async () => (opened = await openBackend(backend, options())));
  after(() => opened.close());

  it("have kernels of their own", () => {
    for (const kernel of Object.values(STEP_KERNELS)) assert.ok(tf.getKernel(kernel, tf.getBackend()), kernel);
  });

  const makers: Record<string, () => tf.Optimizer> = {
    sgd: () => tf.train.sgd(0.1),
    momentum: () => tf.train.momentum(0.05, 0.9),
    "momentum, Nesterov": () => tf.train.momentum(0.05, 0.9, true),
    rmsprop: () => tf.train.rmsprop(0.01),
    "rmsprop with momentum": () => tf.train.rmsprop(0.01, 0.8, 0.5),
    "rmsprop, centered": () => tf.train.rmsprop(0.001, 0.9, 0.1, 1e-12, true),
    adam: () => tf.train.adam(0.01),
    "adam with other betas": () => tf.train.adam(0.05, 0.8, 0.9, 1e-3),
    "adagrad, which is not fused": () => tf.train.adagrad(0.1),
  };
  for (const [name, make] of Object.entries(makers)) {
    it(name, async () => {
      const run = async (
        apply: (optimizer: tf.Optimizer, gradients: { name: string; tensor: tf.Tensor }[]) => void,
      ) => {
        const optimizer = make();
        const variables = [[13, 7], [7]].map((shape, i) => tf.variable(tf.tensor(values(shape, i + 5), shape)));
        for (let step = 0; step < 10; step++) {
          const gradients = variables.map(({ name, shape }, i) => ({
            name,
            tensor: tf.tensor(values(shape, 100 * step + i), shape),
          }));
          apply(optimizer, gradients);
          tf.dispose(gradients.map(({ tensor }) => tensor));
        }
        const state = (await optimizer.getWeights()).map(({ tensor }) => tensor);
        const all: number[][] = [];
        for (const tensor of [...variables, ...state]) all.push(Array.from(await tensor.data()));
        const names = (await optimizer.getWeights()).map(({ name }) => name.replace(/^.*\//, ""));
        tf.dispose([...variables, ...state]);
        return { all, names };
      };
      const expected = await run((optimizer, gradients) => optimizer.applyGradients(gradients));
      const actual = await run(applyGradients);
      assert.deepEqual(actual.names, expected.names);
      expected.all.forEach((array, i) =>
        array.forEach((value, j) => {
          const other = actual.all[i]?.[j];
          assert.ok(Math.abs(value - other) <= 2e-6 * Math.max(1, Math.abs(value)), `${i}[${j}]: ${value}, ${other}`);
        }),
      );
    });
  }
}
