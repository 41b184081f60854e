/** Graph models: what they answer is what TensorFlow does, to 1e-6, and methods that ask for answers explain them. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type NumericNpyArray, readNpz } from "../../src/npz";
import type { NdArray } from "../../src/protocol/ndArray";
import { openBackend } from "../../src/runner/backends";
import { UserError } from "../../src/runner/errors";
import { computeExplanation } from "../../src/runner/explain/compute";
import { type Explainable, loadExplainable } from "../../src/runner/explain/explainable";
import { loadModel } from "../../src/runner/modelFiles";
import { withValues } from "./takenValues";

const FIXTURES = path.join("test", "fixtures", "graph");
const modelJson = (name: string): string => path.join(FIXTURES, name, "model.json");

function arrays(name: string): Record<"x" | "background" | "y", NdArray> {
  const read = readNpz(new Uint8Array(readFileSync(path.join(FIXTURES, `${name}.npz`))));
  const array = (key: string): NdArray => {
    const { data, shape } = read.get(key) as NumericNpyArray;
    return { data: Float32Array.from(data as Float32Array), shape };
  };
  return { x: array("x"), background: array("background"), y: array("y") };
}

describe("graph models", () => {
  before(() => openBackend("cpu"));

  const opened = async (name: string, work: (model: Explainable) => Promise<void>): Promise<void> => {
    const before = tf.memory().numTensors;
    const model = await loadExplainable(modelJson(name), arrays(name).x.shape);
    try {
      await work(model);
    } finally {
      model.dispose();
    }
    assert.equal(tf.memory().numTensors, before, "tensors leak");
  };

  for (const [name, inputShape, outputs, kind] of [
    ["dense", [null, 4], 3, "probability"],
    ["fixed", [3, 5, 5, 2], 2, "raw"],
  ] as const)
    it(`${name} answers as TensorFlow does`, () =>
      opened(name, async (model) => {
        assert.deepEqual(model.inputShape, inputShape);
        assert.equal(model.predictor.outputs, outputs);
        assert.equal(model.outputKind(true), kind);
        assert.ok(model.predictor.bytesPerRow > 0);
        const { x, y } = arrays(name);
        const answers = Array.from(await model.predictor.predict(x));
        assert.equal(answers.length, y.data.length);
        answers.forEach((answer, i) => assert.ok(Math.abs(answer - y.data[i]) < 1e-6, `${answer} ${y.data[i]}`));
      }));

  for (const method of ["exact", "permutation", "kernel"] as const)
    it(`dense is explained by ${method}, additively`, () =>
      opened("dense", async (model) => {
        const { x, background } = arrays("dense");
        const inputs = { samples: x, background, sampleIndices: [0, 1, 2, 3] };
        const { values, meta } = await withValues((takeValues) =>
          computeExplanation(model, inputs, { ...options(method), takeValues }),
        );
        assert.ok((meta.additivityError ?? 1) < 1e-5, String(meta.additivityError));
        assert.ok(values.every(Number.isFinite) && values.some((value) => Math.abs(value) > 0.01));
        assert.equal(meta.outputKind, "probability");
      }));

  it("fixed is explained by patches, for rows that fill no batch", () =>
    opened("fixed", async (model) => {
      const { x, background } = arrays("fixed");
      const inputs = { samples: x, background, sampleIndices: [0, 1, 2, 3] };
      const parameters = { patch: 3 };
      const { meta } = await computeExplanation(model, inputs, { ...options("exact"), parameters });
      assert.ok((meta.additivityError ?? 1) < 1e-5, String(meta.additivityError));
    }));

  it("are not for methods that look into layers, nor for rows of another shape", () =>
    opened("dense", async (model) => {
      const { x, background } = arrays("dense");
      const inputs = { samples: x, background, sampleIndices: [0, 1, 2, 3] };
      await refused(computeExplanation(model, inputs, options("deep")), /looks into a model's layers/, /kernel/);
      const wide = { data: new Float32Array(5), shape: [1, 5] };
      const wrong = computeExplanation(model, { ...inputs, samples: wide }, options("exact"));
      await refused(wrong, /samples have the shape \[1, 5\]; the model takes \[n, 4\]/, /shape of the model's input/);
      await refused(loadExplainable(modelJson("dense"), [1, 5]), /cannot be run/, /its input is \[n, 4\]/);
      assert.equal(tf.engine().state.profiling, false, "goes on profiling");
    }));

  it("are no models of layers", () => refused(loadModel(modelJson("dense")), /it is a graph/, /layers model/));

  const refused = (work: Promise<unknown>, message: RegExp, advice: RegExp): Promise<void> =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, message);
      assert.match(error.advice ?? "", advice);
      return true;
    });

  function options(method: "exact" | "permutation" | "kernel" | "deep") {
    const watched = {
      stopRequested: () => false,
      progress: () => undefined,
      takeValues: async () => undefined,
    };
    return { ...watched, method, parameters: {}, chunkMB: 64, seed: 1, backend: "cpu", model: "graph" };
  }
});
