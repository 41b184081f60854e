/** Class weights against Keras's fit(class_weight=…) and scikit-learn; see test/fixtures/classWeights. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type NdArray, type TrainingData, balancedClassWeights } from "../../src/data";
import type { Metrics } from "../../src/protocol/numbers";
import { openBackend } from "../../src/runner/backends";
import type { CheckpointPosition } from "../../src/runner/checkpoint";
import { StoppedError, UserError } from "../../src/runner/errors";
import { classWeightsOf } from "../../src/runner/training/classWeights";
import { readTrainingData } from "../../src/runner/training/examples";
import { checkOwnStepData } from "../../src/runner/training/ownStep";
import { describeTrainingData } from "../../src/runner/training/report";
import { train } from "../../src/runner/training/train";
import { reportFacts } from "../../webview/training/DataReport";

interface Numbers {
  data: number[];
  shape: number[];
}
interface Fitted {
  loss: string;
  y: Numbers;
  class_weight: Record<number, number>;
  before: number[][];
  after: number[][];
  history: Metrics[];
}
const fixture = JSON.parse(
  readFileSync(path.resolve("test", "fixtures", "classWeights", "class_weights.json"), "utf8"),
) as { rate: number; held: number; x: Numbers; balanced: number[]; cases: Fitted[] };

/** Of float32 over four epochs; the weights and losses are of the order of 1. */
const TOLERANCE = 2e-6;

const array = ({ data, shape }: Numbers): NdArray => ({ data: Float32Array.from(data), shape });
const firstRows = ({ data, shape }: NdArray, rows: number): NdArray => ({
  data: data.subarray(0, (data.length / shape[0]) * rows),
  shape: [rows, ...shape.slice(1)],
});

function dataOf({ y, class_weight }: Fitted): TrainingData {
  const all = { x: array(fixture.x), y: array(y) };
  const held = { x: firstRows(all.x, fixture.held), y: firstRows(all.y, fixture.held) };
  return { train: all, validation: held, classWeight: class_weight };
}

/** The case's perceptron, with its weights as they are before. */
function makeModel({ loss, before }: Fitted): tf.LayersModel {
  const outputs = before[3].length;
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, activation: "tanh", inputShape: [3] }),
      tf.layers.dense({ units: outputs, activation: outputs === 1 ? "sigmoid" : "softmax" }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(fixture.rate), loss, metrics: ["accuracy"] });
  const weights = model.getWeights().map((weight, i) => tf.tensor(before[i], weight.shape));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

async function weightsOf(model: tf.LayersModel): Promise<number[][]> {
  return Promise.all(model.getWeights().map(async (weight) => [...(await weight.data())]));
}

function close(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) <= TOLERANCE, `${what}[${i}]: ${value}, Keras has ${expected[i]}`),
  );
}

const quiet = { saveCheckpoint: async () => undefined, saveSamples: async () => undefined, stopRequested: () => false };

describe("class weights", () => {
  for (const backend of ["cpu", "wasm"] as const) {
    fixture.cases.forEach((fitted, number) =>
      it(`give Keras's losses, metrics and weights: ${fitted.loss}, case ${number} on ${backend}`, async () => {
        await openBackend(backend);
        const tensors = tf.memory().numTensors;
        const model = makeModel(fitted);
        const epochs: Metrics[] = [];
        const batchSize = fixture.x.shape[0];
        await train(
          { model, data: dataOf(fitted), epochs: fitted.history.length, batchSize, seed: 1 },
          (event) => event.type === "epoch" && epochs.push(event.metrics),
          quiet,
        );
        fitted.history.forEach((wanted, epoch) => {
          const names = Object.keys(wanted);
          close(names.map((name) => epochs[epoch][name]), names.map((name) => wanted[name]), `epoch ${epoch}: ${names.join()}`); // prettier-ignore
        });
        (await weightsOf(model)).forEach((values, i) => close(values, fitted.after[i], `weight ${i}`));
        model.optimizer.dispose();
        model.dispose();
        assert.equal(tf.memory().numTensors, tensors, "tensors leak");
      }),
    );
  }

  it("are the same after a stop and a resume", async () => {
    await openBackend("cpu");
    const [fitted] = fixture.cases;
    const job = { data: dataOf(fitted), epochs: 2, batchSize: 5, seed: 3 };
    const whole = makeModel(fitted);
    await train({ ...job, model: whole }, () => undefined, quiet);
    const stopped = makeModel(fitted);
    let [position, asked]: [CheckpointPosition | undefined, number] = [undefined, 0];
    const control = {
      ...quiet,
      stopRequested: () => ++asked === 3,
      saveCheckpoint: async (at: CheckpointPosition) => void (position = at),
    };
    await assert.rejects(
      train({ ...job, model: stopped }, () => undefined, control),
      StoppedError,
    );
    assert.ok(position);
    await train({ ...job, model: stopped, position }, () => undefined, quiet);
    assert.deepEqual(await weightsOf(stopped), await weightsOf(whole));
    for (const model of [whole, stopped]) {
      model.optimizer.dispose();
      model.dispose();
    }
  });

  it("are scikit-learn's where they are balanced, for one-hot rows and for class numbers", () => {
    const [oneHot, , numbers] = fixture.cases;
    for (const { y } of [oneHot, numbers]) close(balancedClassWeights(array(y)), fixture.balanced, "balanced");
    // A class without examples: scikit-learn knows of none.
    assert.deepEqual(balancedClassWeights(array({ data: [0, 0, 0, 2], shape: [4] })), [4 / 6, 1, 2]);
    assert.throws(() => balancedClassWeights(array({ data: [0.5, 2], shape: [2, 1] })), { name: "DataError" });
    assert.throws(() => balancedClassWeights(array({ data: [0, 1, 1, 0], shape: [1, 2, 2] })), { name: "DataError" });
  });

  it("are checked with the data, and stand in its report", async () => {
    const data = { ...dataOf(fixture.cases[0]), classNames: ["a", "b", "c"] };
    const read = (classWeight: unknown): ReturnType<typeof readTrainingData> =>
      readTrainingData({ ...data, classWeight });
    assert.deepEqual((await read([1, 2, 3])).classWeight, [1, 2, 3]);
    const named = await read({ 2: 5 });
    assert.deepEqual(named.classWeight, [1, 1, 5]);
    assert.equal((await read(undefined)).classWeight, undefined);
    const report = (await describeTrainingData(named)).report;
    assert.deepEqual(report.classWeights, [1, 1, 5]);
    const facts = reportFacts(report, data.classNames).map(([name, value]) => `${name}: ${value}`);
    assert.ok(facts.includes("Class weights: 1 (a) to 5 (c)"), facts.join("; "));
    for (const [given, message] of [
      [[1, 2], /classWeight has 2 weights, and there are 3 classes/],
      [{ 3: 1 }, /names a class 3, and classes are numbered 0 to 2/],
      [{ a: 1 }, /names a class a/],
      [[1, -1, 1], /the weight of class 1 is -1/],
      [[1, Number.NaN, 1], /the weight of class 1 is NaN/],
      [[1, "2", 1], /the weight of class 1 is 2/],
      [[0, 0, 0], /every class has the weight 0/],
      ["balanced", /classWeight is "balanced"/],
    ] as const) {
      await assert.rejects(read(given), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.match(error.advice ?? "", /Give classWeight as 3 numbers/);
        return true;
      });
    }
    // Of class numbers, the names tell of a class that has no training example.
    const sparse = { ...dataOf(fixture.cases[2]), classNames: ["a", "b", "c", "d"], classWeight: [1, 1, 1, 9] };
    assert.deepEqual(classWeightsOf(sparse), [1, 1, 1, 9]);
    assert.throws(() => checkOwnStepData(data), { name: "UserError", message: /trainStep\(\) computes the loss/ });
  });

  it("need a loss for each example", async () => {
    await openBackend("cpu");
    const [fitted] = fixture.cases;
    const model = makeModel(fitted);
    const optimizer = tf.train.sgd(0.1);
    model.compile({ optimizer, loss: (y: tf.Tensor, p: tf.Tensor) => tf.losses.meanSquaredError(y, p) });
    const job = { model, data: dataOf(fitted), epochs: 1, batchSize: 8, seed: 3 };
    await assert.rejects(
      train(job, () => undefined, quiet),
      { name: "UserError", message: /a loss for each example/ },
    );
  });
});
