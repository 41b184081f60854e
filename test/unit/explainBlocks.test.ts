/** Many samples: explained in blocks as all at once, and no more values held than the memory allows. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { NpzStream, readExplanation, readNpz, writeExplanation } from "../../src/npz";
import type { MethodName, ModelMethod } from "../../src/protocol/explainMethods";
import type { Explanation } from "../../src/protocol/explanation";
import { openBackend } from "../../src/runner/backends";
import { explainBlocks } from "../../src/runner/explain/blocks";
import { computeExplanation } from "../../src/runner/explain/compute";
import { type Explainable, layersExplainable } from "../../src/runner/explain/explainable";
import { MODEL_METHODS } from "../../src/runner/explain/methods";
import { writeExplanationFile } from "../../src/runner/explain/outputFile";
import type { Parameters } from "../../src/runner/explain/parameters";
import { noise } from "./shapModels";
import { withValues } from "./takenValues";

const [SAMPLES, FEATURES, OUTPUTS] = [7, 5, 3];
/** Of 3 samples: an eighth of the memory is for values. */
const BLOCK_MB = (8 * 3 * FEATURES * OUTPUTS * 4) / 2 ** 20;

describe("samples in blocks", () => {
  const models: tf.LayersModel[] = [];
  let explainable: Explainable;
  /** Without a hidden layer. */
  let linear: Explainable;
  const inputs = {
    samples: noise([SAMPLES, FEATURES], 1),
    background: noise([8, FEATURES], 2),
    sampleIndices: Array.from({ length: SAMPLES }, (_, i) => i),
  };
  before(async () => {
    await openBackend("cpu");
    const opened = async (...layers: tf.layers.Layer[]): Promise<Explainable> => {
      const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [FEATURES] }), ...layers] });
      models.push(model);
      tf.tidy(() =>
        model.setWeights(model.getWeights().map(({ shape }, i) => tf.tensor(noise(shape, 10 + i).data, shape))),
      );
      return await layersExplainable(model);
    };
    const head = (): tf.layers.Layer => tf.layers.dense({ units: OUTPUTS, activation: "softmax" });
    explainable = await opened(tf.layers.dense({ units: 4, activation: "tanh" }), head());
    linear = await opened(head());
  });
  after(() => models.forEach((model) => model.dispose()));

  const explain = (method: ModelMethod, chunkMB: number, parameters: Parameters = {}): ReturnType<typeof withValues> =>
    withValues((takeValues) =>
      computeExplanation(method === "linear" ? linear : explainable, inputs, {
        ...{ method, parameters, chunkMB, takeValues, seed: 5, backend: "cpu", model: "small" },
        judges: ["additivity", "faithfulness"],
        stopRequested: () => false,
        progress: () => undefined,
      }),
    );

  const few: Partial<Record<MethodName, Parameters>> = {
    gradient: { nsamples: 20, rankedOutputs: 2 },
    lime: { nsamples: 50 },
    sampling: { nsamples: 100 },
    exact: { interactions: true },
  };
  for (const method of Object.keys(MODEL_METHODS) as ModelMethod[])
    it(`${method} gives them the values that they have together`, async () => {
      const parameters = few[method] ?? {};
      const judged = !parameters.interactions;
      const [whole, parted] = [await explain(method, 256, parameters), await explain(method, BLOCK_MB, parameters)];
      assert.equal(whole.blocks.length, 1);
      assert.ok(parted.blocks.length > 1, `blocks: ${parted.blocks.join(", ")}`);
      const compare = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
        assert.equal(a.length, b.length);
        for (let i = 0; i < a.length; i++) assert.ok(Math.abs(a[i] - b[i]) < 1e-6, `${i}: ${a[i]} and ${b[i]}`);
      };
      compare(whole.values, parted.values);
      compare(whole.baseValues, parted.baseValues);
      compare(whole.predictions ?? [], parted.predictions ?? []);
      compare(whole.meta.outputIndexes ?? [], parted.meta.outputIndexes ?? []);
      compare([whole.meta.additivityError ?? NaN], [parted.meta.additivityError ?? NaN]);
      const { additivity, faithfulness } = parted.meta.judgement ?? {};
      if (!judged || !additivity || !faithfulness) return assert.equal(judged, false);
      compare([additivity.mean], [whole.meta.judgement?.additivity?.mean ?? NaN]);
      compare([faithfulness.deletionArea], [whole.meta.judgement?.faithfulness?.deletionArea ?? NaN]);
    });

  it("holds an eighth of the memory in values, whatever their number, and leaves the rest to the explainer", async () => {
    const [samples, features, outputs, chunkMB] = [10_000, 784, 10, 64];
    const x = { data: new Float32Array(samples * features), shape: [samples, features] };
    let [largest, taken, least] = [0, 0, Infinity];
    const blocks: Float32Array[] = [];
    const fractions: number[] = [];
    const explained = await explainBlocks(
      x,
      {
        ...{ outputs, pairs: false, chunkMB, keep: [3, 9_999] },
        onProgress: (fraction) => fractions.push(fraction),
        takeValues: async (block) => {
          // Those before are given back.
          assert.ok(blocks.every(({ byteLength }) => byteLength === 0));
          blocks.push(block);
          largest = Math.max(largest, block.byteLength);
          taken += block.length;
        },
      },
      async ({ shape: [count] }, { firstSample, chunkMB: left, onProgress }) => {
        least = Math.min(least, left);
        onProgress(1);
        const values = new Float32Array(count * features * outputs);
        for (let n = 0; n < count; n++) values[n * features * outputs] = firstSample + n;
        const answers = count * outputs;
        return {
          ...{ samples: count, featureShape: [features], outputs, values, additivityError: firstSample },
          baseValues: new Float64Array(answers),
          expectedValue: new Float64Array(outputs),
          predictions: new Float32Array(answers),
        };
      },
    );
    assert.equal(taken, samples * features * outputs);
    assert.ok(largest <= (chunkMB / 8) * 2 ** 20, `${largest} bytes at once`);
    assert.ok(largest / 2 ** 20 + least <= chunkMB);
    assert.deepEqual([explained.kept.values[0], explained.kept.values[features * outputs]], [3, 9_999]);
    assert.ok(fractions.every((fraction, i) => i === 0 || fraction > fractions[i - 1]) && fractions.at(-1) === 1);
    // The sum of sample n's first output is n, its answer 0.
    assert.ok(Math.abs(explained.meanAdditivityError - 9_999 / 2 / outputs) < 1e-6);
  });
});

describe("an explanation's file that is written as it comes", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const whole: Explanation = {
    ...{ samples: 4, featureShape: [2], features: 2, outputs: 3 },
    values: Float32Array.from({ length: 24 }, (_, i) => i),
    baseValues: Float64Array.from({ length: 12 }, (_, i) => i / 2),
    featureNames: ["a", "b"],
    outputNames: ["x", "y", "z"],
    meta: { method: "deep" },
  };
  const { values, ...frame } = whole;

  it("is the one that is written at once", async () => {
    const file = path.join(folder, "a.shap.npz");
    await writeExplanationFile(file, async (take) => {
      for (let from = 0; from < 24; from += 6) await take(values.subarray(from, from + 6) as Float32Array, whole);
      return frame;
    });
    assert.deepEqual(readdirSync(folder), ["a.shap.npz"]);
    const read = readExplanation(readFileSync(file));
    assert.deepEqual(read, readExplanation(writeExplanation(whole)));
    assert.deepEqual(Array.from(read.values), Array.from(values));
  });

  it("leaves the older one, and nothing else, where computing fails or values are missing", async () => {
    const file = path.join(folder, "a.shap.npz");
    writeFileSync(file, "older");
    const stopped = new Error("stopped");
    const failing = writeExplanationFile(file, async (take) => {
      await take(values as Float32Array, whole);
      throw stopped;
    });
    await assert.rejects(failing, stopped);
    const short = writeExplanationFile(file, async (take) => {
      await take(values.subarray(6) as Float32Array, whole);
      return frame;
    });
    await assert.rejects(short, /has 24 elements, not 18/);
    assert.deepEqual(readdirSync(folder), ["a.shap.npz"]);
    assert.equal(readFileSync(file, "utf8"), "older");
  });

  it("stores large arrays as they are", () => {
    const chunks: Uint8Array[] = [];
    const stream = new NpzStream((bytes) => chunks.push(bytes));
    const [rows, width] = [17, 2 ** 20];
    const parts = stream.parts("x", [rows, width], new Float32Array(0));
    const block = new Float32Array(width).fill(1.5);
    for (let n = 0; n < rows; n++) parts.push(block);
    parts.end();
    stream.add("y", { kind: "text", shape: [], data: ["end"] });
    stream.end();
    const bytes = Buffer.concat(chunks);
    assert.ok(bytes.length > rows * width * 4);
    // The blocks pass through without a copy.
    assert.equal(chunks.filter(({ buffer }) => buffer === block.buffer).length, rows);
    const read = readNpz(bytes);
    const x = read.get("x");
    assert.ok(x?.kind === "numeric" && x.data.length === rows * width && x.data.every((value) => value === 1.5));
    assert.deepEqual(read.get("y")?.data, ["end"]);
  });
});
