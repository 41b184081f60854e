/** The training loop with metrics that are read several steps at a time, as on a GPU, against one that reads each. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import type { NewRunEvent } from "../../src/protocol/events";
import type { CheckpointPosition } from "../../src/runner/checkpoint";
import { StoppedError, UserError } from "../../src/runner/errors";
import { MeasuredSteps } from "../../src/runner/training/measuredSteps";
import { type TrainingControl, train } from "../../src/runner/training/train";

const ROWS = 96;
const BATCH = 4;
const STEPS = ROWS / BATCH;

function split(rows: number, poisoned?: number): { x: NdArray; y: NdArray } {
  const x = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 7.3));
  const y = Float32Array.from({ length: rows }, (_, i) => x[i * 3] - 2 * x[i * 3 + 1]);
  if (poisoned !== undefined) y[poisoned] = Number.NaN;
  return { x: { data: x, shape: [rows, 3] }, y: { data: y, shape: [rows, 1] } };
}
type NdArray = { data: Float32Array; shape: number[] };

function makeModel(): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3], kernelInitializer: "ones" })] });
  model.compile({ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError", metrics: ["mae"] });
  return model;
}

/** tfjs leaves an optimizer alone that it has not made itself. */
function disposeModel(model: tf.LayersModel): void {
  model.optimizer.dispose();
  model.dispose();
}

interface Outcome {
  events: NewRunEvent[];
  error: unknown;
  saved: CheckpointPosition[];
  weights: number[];
}

async function run(
  readInterval: number,
  options: { poisoned?: number; stopAfter?: number; epochs?: number } = {},
): Promise<Outcome> {
  const model = makeModel();
  const events: NewRunEvent[] = [];
  const saved: CheckpointPosition[] = [];
  let asked = 0;
  const control: TrainingControl = {
    stopRequested: () => ++asked === options.stopAfter,
    saveCheckpoint: async (position) => void saved.push(position),
    saveSamples: async () => undefined,
  };
  const data = { train: split(ROWS, options.poisoned), validation: split(8) };
  const job = { model, data, epochs: options.epochs ?? 2, batchSize: BATCH, seed: 1, readInterval };
  let error: unknown;
  try {
    await train(job, (event) => events.push(event), control);
  } catch (thrown) {
    error = thrown;
  }
  const weights = [...(await model.getWeights()[0].data())];
  disposeModel(model);
  return { events, error, saved, weights };
}

/** Every step's metrics, in order, whichever event they came in. */
function steps(events: readonly NewRunEvent[]): { firstStep: number; metrics: Record<string, number[]> } {
  const batches = events.filter((event) => event.type === "batches");
  const metrics: Record<string, number[]> = {};
  let next = batches[0].firstStep;
  for (const event of batches) {
    assert.equal(event.firstStep, next, "steps follow each other");
    for (const [name, values] of Object.entries(event.metrics)) (metrics[name] ??= []).push(...values);
    next += Object.values(event.metrics)[0].length;
    assert.equal((next - 1 - 1) % STEPS, event.batch - 1, "`batch` is the last one in the event");
  }
  return { firstStep: batches[0].firstStep, metrics };
}

describe("metrics that are read several steps at a time", () => {
  let tensors: number;
  before(async () => {
    await openBackend("cpu");
    tensors = tf.memory().numTensors;
  });
  afterEach(() => assert.equal(tf.memory().numTensors, tensors, "tensors leak"));

  it("are the same as one by one, and so are the epochs and the weights", async () => {
    const [each, together] = [await run(0), await run(60_000)];
    assert.equal(together.error, undefined);
    assert.deepEqual(steps(together.events), steps(each.events));
    assert.equal(steps(together.events).metrics["loss"].length, 2 * STEPS);
    const epochs = ({ events }: Outcome) =>
      events.flatMap((event) => (event.type === "epoch" ? [{ metrics: event.metrics, step: event.step }] : []));
    assert.deepEqual(epochs(together), epochs(each));
    assert.deepEqual(together.weights, each.weights);
  });

  it("tell the very batch whose loss was no number, and nothing after it", async () => {
    const [each, together] = [await run(0, { poisoned: 50 }), await run(60_000, { poisoned: 50 })];
    assert.ok(each.error instanceof UserError && together.error instanceof UserError);
    assert.match(together.error.message, /^The loss became NaN at epoch 1, batch \d+\.$/);
    assert.equal(together.error.message, each.error.message);
    assert.deepEqual(steps(together.events), steps(each.events));
  });

  it("are all counted in the checkpoint of a stop", async () => {
    const [each, together] = [await run(0, { stopAfter: 13 }), await run(60_000, { stopAfter: 13 })];
    assert.ok(together.error instanceof StoppedError);
    assert.deepEqual(steps(together.events), steps(each.events));
    const [position] = together.saved;
    assert.equal(position.batch, 13);
    assert.equal(position.examples, 13 * BATCH);
    assert.deepEqual({ ...position, seconds: 0 }, { ...each.saved[0], seconds: 0 });
    assert.deepEqual(together.weights, each.weights);
  });

  it("are read the sooner the longer a read takes", async () => {
    const model = makeModel();
    const measure = (): tf.Tensor => tf.tensor1d([1, 2]);
    const fill = (reads: MeasuredSteps): number => {
      let added = 0;
      do reads.add(++added, 1, measure());
      while (!reads.due);
      return added;
    };
    const quick = new MeasuredSteps(model, 60_000);
    const windows: number[] = [];
    for (let i = 0; i < 5; i++) {
      windows.push(fill(quick));
      const read = await quick.read();
      assert.deepEqual(read.at(-1), { batch: windows.at(-1), examples: 1, metrics: { loss: 1, mae: 2 } });
      assert.equal(read.length, windows.at(-1));
    }
    assert.deepEqual(windows, [1, 2, 4, 8, 16]);
    assert.deepEqual(await quick.read(), []);
    quick.add(1, 1, measure());
    quick.dispose();

    // A clock in which every look takes longer than the interval: a device that is far behind.
    const now = performance.now.bind(performance);
    let clock = 0;
    performance.now = () => (clock += 1000);
    try {
      const slow = new MeasuredSteps(model, 50);
      for (let i = 0; i < 3; i++) {
        assert.equal(fill(slow), 1);
        await slow.read();
      }
    } finally {
      performance.now = now;
    }
    disposeModel(model);
  });
});
