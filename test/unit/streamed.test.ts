/** Sets that are read batch by batch, against the same sets in memory. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, cpSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs"; // prettier-ignore
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { type ExampleSource, type Inputs, type TrainingData, imageFolder, npy, randomBrightness } from "../../src/data";
import { readRows } from "../../src/data/inputs";
import { formatNpy } from "../../src/npz";
import type { NewRunEvent } from "../../src/protocol/events";
import { sizeOf } from "../../src/protocol/ndArray";
import type { CheckpointPosition } from "../../src/runner/checkpoint";
import { StoppedError, UserError } from "../../src/runner/errors";
import { SeededRandom } from "../../src/runner/random";
import { fingerprint, readTrainingData } from "../../src/runner/training/examples";
import { tooLarge } from "../../src/runner/training/features";
import { describeTrainingData } from "../../src/runner/training/report";
import { type TrainingJob, train } from "../../src/runner/training/train";
import { checkTreeRecipe } from "../../src/runner/training/trees";
import type { Grown } from "./streamed.main";

const ROWS = 60;
const PICTURES = path.resolve("test", "fixtures", "pictures");
const quiet = { saveCheckpoint: async () => undefined, saveSamples: async () => undefined, stopRequested: () => false };

/** A convolution, frozen or not, and a dense layer. */
function makeModel(shape: number[], frozen = false): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: shape, trainable: !frozen }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.05), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

interface Trained {
  weights: number[];
  events: NewRunEvent[];
}

/** @param stopAt the batch after which it is stopped, and resumed. */
async function trained(
  data: TrainingData<Inputs>,
  parts: Partial<TrainingJob> & { frozen?: boolean; stopAt?: number } = {},
): Promise<Trained> {
  const { frozen, stopAt, ...rest } = parts;
  const random = new SeededRandom(4);
  const model = makeModel(data.train.x.shape.slice(1), frozen);
  const job: TrainingJob = { model, data, epochs: 2, batchSize: 8, seed: 4, ...rest };
  const events: NewRunEvent[] = [];
  try {
    if (stopAt !== undefined) {
      let [asked, position]: [number, CheckpointPosition | undefined] = [0, undefined];
      const control = {
        ...quiet,
        stopRequested: () => ++asked === stopAt,
        saveCheckpoint: async (at: CheckpointPosition) => void (position = at),
      };
      await assert.rejects(
        train(job, () => undefined, control),
        StoppedError,
      );
      assert.ok(position);
      job.position = position;
    }
    await train(job, (event) => events.push(event), quiet);
    const weights = await Promise.all(model.getWeights().map(async (weight) => [...(await weight.data())]));
    return { weights: weights.flat(), events };
  } finally {
    random.dispose();
    model.optimizer.dispose();
    model.dispose();
  }
}

const metricsOf = ({ events }: Trained): object[] =>
  events.flatMap((event) => (event.type === "epoch" || event.type === "evaluation" ? [event.metrics] : []));

describe("a set that is read batch by batch", () => {
  let folder: string;
  before(async () => {
    await tf.setBackend("cpu");
    folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Pictures [ROWS, 4, 5, 1] of bytes, and their classes. */
  const files = (): [x: string, y: string] => {
    const [x, y] = [path.join(folder, "x.npy"), path.join(folder, "y.npy")];
    const pixels = Uint8Array.from({ length: ROWS * 20 }, (_, i) => (i * 37 + (i % 11) * (i % 7)) % 256);
    const classes = Int32Array.from({ length: ROWS }, (_, i) => Number(pixels[i * 20] > 90));
    writeFileSync(x, formatNpy({ kind: "numeric", data: pixels, shape: [ROWS, 20] }));
    writeFileSync(y, formatNpy({ kind: "numeric", data: classes, shape: [ROWS] }));
    return [x, y];
  };
  const options = { shape: [4, 5, 1], scale: 1 / 255 } as const;

  it("has the examples, splits and names of the same file in memory", async () => {
    const [whole, lazy] = [npy(...files(), options), npy(...files(), { ...options, lazy: true })];
    for (const split of ["train", "validation", "test"] as const) {
      const [wanted, found] = [whole[split], lazy[split]];
      assert.ok(wanted && found);
      const rows = Array.from({ length: found.x.shape[0] }, (_, row) => row);
      assert.deepEqual(await readRows(found.x, rows), wanted.x);
      assert.deepEqual(await readRows(found.x, [3, 0, 1, 3]), await readRows(wanted.x, [3, 0, 1, 3]));
      assert.deepEqual(found.y, wanted.y);
    }
    assert.deepEqual([lazy.name, lazy.classNames], [whole.name, whole.classNames]);
  });

  for (const [what, parts] of Object.entries({
    "": {},
    ", with an augmentation": { augment: randomBrightness(0.2) },
    ", from a frozen base that is computed once": { frozen: true },
  })) {
    it(`trains to the same weights, stopped and resumed, too${what}`, async () => {
      const tensors = tf.memory().numTensors;
      const whole = await trained(npy(...files(), options), parts);
      const data = await readTrainingData(npy(...files(), { ...options, lazy: true }));
      const streamed = await trained(data, parts);
      assert.deepEqual(streamed.weights, whole.weights);
      assert.deepEqual(metricsOf(streamed), metricsOf(whole));
      assert.deepEqual((await trained(data, { ...parts, stopAt: 4 })).weights, whole.weights);
      assert.equal(tf.memory().numTensors, tensors, "tensors leak");
    });
  }

  it("is reported by some examples, and known again by its file", async () => {
    const [x, y] = files();
    const lazy = npy(x, y, { ...options, lazy: true });
    const { train: count, report } = await describeTrainingData(lazy);
    assert.equal(count, lazy.train.x.shape[0]);
    assert.equal(report.lookedAt, ROWS);
    assert.equal(report.duplicates, undefined);
    const whole = (await describeTrainingData(npy(x, y, options))).report;
    assert.deepEqual([report.range, report.classes], [whole.range, whole.classes]);
    const again = fingerprint(npy(x, y, { ...options, lazy: true }));
    assert.ok(again !== undefined && again === fingerprint(lazy));
    assert.notEqual(fingerprint(npy(x, y, { ...options, scale: 1, lazy: true })), again);
    const nameless: ExampleSource = { shape: lazy.train.x.shape, read: (rows) => lazy.train.x.read(rows) };
    assert.equal(fingerprint({ ...lazy, train: { ...lazy.train, x: nameless } }), undefined);
  });

  it("may be a source of the recipe's own, which is checked", async () => {
    const shape = [20, 4, 5, 1];
    const y = { data: Float32Array.from({ length: 40 }, (_, i) => Number(i % 2 === (i >> 1) % 2)), shape: [20, 2] };
    const source = (read: ExampleSource["read"]): TrainingData<ExampleSource> => ({
      train: { x: { shape, read }, y },
      validation: { x: { shape, read }, y },
    });
    const good = await readTrainingData(source((rows) => Float32Array.from(rows.flatMap((row) => new Array<number>(20).fill(row / 20))))); // prettier-ignore
    assert.equal((await trained(good)).events.filter(({ type }) => type === "epoch").length, 2);
    const short = await readTrainingData(source(() => new Float32Array(7)));
    await assert.rejects(trained(short), {
      name: "UserError",
      message: /gave 7 numbers for 8 rows of shape \[4, 5, 1\]/,
    });
    const shapeless = { x: { read: () => new Float32Array(1) }, y };
    await assert.rejects(readTrainingData({ train: shapeless, validation: shapeless }), /train\.x is a source of examples without a shape/); // prettier-ignore
    const raw = { x: good.train.x, y, raw: good.train.y };
    await assert.rejects(readTrainingData({ train: raw, validation: raw }), /train\.raw stands beside a source/);
    assert.throws(() => checkTreeRecipe({} as Parameters<typeof checkTreeRecipe>[0], good), /batch by batch/);
  });

  it("ends a run that finds a broken row, with its place", async () => {
    const [x, y] = files();
    const values = Float32Array.from({ length: ROWS * 20 }, (_, i) => (i === 43 ? Number.NaN : 1));
    writeFileSync(x, formatNpy({ kind: "numeric", data: values, shape: [ROWS, 4, 5, 1] }));
    const broken = await readTrainingData(npy(x, y, { lazy: true }));
    await assert.rejects(trained(broken), { name: "UserError", message: /x\.npy has a value of x .* NaN in row 2,/ });
    truncateSync(x, 400);
    await assert.rejects(trained(broken), { name: "UserError", message: /has become shorter|is no number/ });
    assert.throws(() => npy(x, y, { lazy: true }), { name: "DataError", message: /damaged or cut off/ });
    rmSync(x);
    await assert.rejects(trained(broken), { name: "UserError", message: /There is no .*x\.npy/ });
  });

  it("may be a folder of pictures, whose broken ones are told or left out", async () => {
    const root = path.join(folder, "pictures");
    for (const [name, picture] of [
      ["grey", "grey.png"],
      ["photo", "photo.jpg"],
    ]) {
      // prettier-ignore
      mkdirSync(path.join(root, name), { recursive: true });
      for (let i = 0; i < 10; i++) cpSync(path.join(PICTURES, picture), path.join(root, name, `${i}.png`));
    }
    const size = [4, 5] as const;
    const whole = await imageFolder(root, { size });
    const lazy = await imageFolder(root, { size, lazy: true });
    assert.deepEqual(await readRows(lazy.train.x, [0, 9, 4]), await readRows(whole.train.x, [0, 9, 4]));
    assert.deepEqual([lazy.train.y, lazy.classNames], [whole.train.y, whole.classNames]);
    writeFileSync(path.join(root, "grey", "5.png"), "no picture");
    const met = await imageFolder(root, { size, lazy: true });
    await assert.rejects(trained(await readTrainingData(met), { epochs: 1 }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /The picture grey.5\.png is neither PNG nor JPEG nor WebP\./);
      assert.match(error.advice ?? "", /onBroken: "skip"/);
      return true;
    });
    const without = await imageFolder(root, { size, lazy: true, onBroken: "skip" });
    assert.deepEqual(without.loading?.skipped, 1);
    const splits = [without.train, without.validation, without.test].map((split) => split?.x.shape[0] ?? 0);
    assert.equal(splits.reduce((sum, n) => sum + n), 19); // prettier-ignore
  });

  it("says that the outputs of a frozen base are too many to be kept", () => {
    const model = makeModel([4, 5, 1]);
    const x: ExampleSource = { shape: [40_000_000, 4, 5, 1], read: () => new Float32Array(0) };
    const y = { data: new Float32Array(2), shape: [1, 2] };
    const told: string[] = [];
    const sink = (event: NewRunEvent): unknown => event.type === "log" && told.push(event.message);
    assert.ok(tooLarge(model, { train: { x, y }, validation: { x, y } }, sink));
    assert.match(told[0], /would take 610 MiB, and are computed in each step/);
    const few: ExampleSource = { ...x, shape: [100, 4, 5, 1] };
    assert.ok(!tooLarge(model, { train: { x: few, y }, validation: { x: few, y } }, sink));
    model.optimizer.dispose();
    model.dispose();
  });

  it("takes memory by its batches, not by its size", () => {
    // 200 MB of zeros, of which the disk keeps none.
    const shape = [25_600, 2048];
    const [x, y] = [path.join(folder, "large.npy"), path.join(folder, "labels.npy")];
    const header = formatNpy({ kind: "numeric", data: new Float32Array(1), shape: [1] }).length - 4;
    const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
    const file = openSync(x, "w");
    const start = Buffer.alloc(header, " ");
    start.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header - 10, 0]);
    start.write(dict, 10);
    start[header - 1] = 10;
    writeSync(file, start);
    ftruncateSync(file, header + 4 * sizeOf(shape));
    closeSync(file);
    const labels = Uint8Array.from({ length: shape[0] }, (_, i) => i % 2);
    writeFileSync(y, formatNpy({ kind: "numeric", data: labels, shape: [shape[0]] }));
    const script = path.join(__dirname, "streamed.main.js");
    const output = execFileSync(process.execPath, ["--optimize-for-size", script, x, y], { encoding: "utf8" });
    const { megabytes, examples, steps } = JSON.parse(output) as Grown;
    assert.equal(examples, shape[0]);
    assert.equal(steps, Math.ceil((shape[0] * 0.7) / 256));
    assert.ok(megabytes < 150, `the process grew by ${megabytes} MiB`);
  });
});
