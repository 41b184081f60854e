/** Recipes with a training step of their own: the loop is the runner's. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readNpz } from "../../src/npz";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { Workspace, only, start, trainlens } from "./cli";

/** A straight line through pictures of one pixel, learned by a step that computes its own loss. */
function recipe(parts: { step?: string; more?: string } = {}): string {
  const { step = "return { gradients: grads, metrics: { own_loss: value } };", more = "" } = parts;
  return `
    import * as tf from "@tensorflow/tfjs";
    export const hyperparameters = { epochs: 4, batchSize: 8 };
    const x = Float32Array.from({ length: 2000 }, (_, i) => (i % 97) / 97);
    const split = { x: { data: x, shape: [2000, 1, 1, 1] }, y: { data: x.map((v) => 2 * v), shape: [2000, 1] } };
    export const data = () => ({ train: split, validation: split });
    export function createModel() {
      const model = tf.sequential({ layers: [
        tf.layers.flatten({ inputShape: [1, 1, 1] }), tf.layers.dense({ units: 1 }),
      ] });
      model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError" });
      return model;
    }
    export function trainStep(model, { x, y }) {
      const noise = tf.randomNormal(y.shape, 0, 0.01);
      const loss = () => tf.mean(tf.abs(tf.sub(model.apply(x), tf.add(y, noise))));
      const { value, grads } = tf.variableGrads(loss, model.trainableWeights.map((weight) => weight.read()));
      ${step}
    }
    ${more}`;
}

const SAMPLES = `export const samples = (model) => tf.mul(0.5, tf.reshape(
  model.apply(tf.linspace(0, 1, 20).reshape([20, 1, 1, 1])), [20, 1, 1, 1]));`;

describe("a recipe with trainStep()", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  const settings = ["--backend", "wasm"];

  it("learns, shows its samples, leaks nothing, and goes on where it stopped", async () => {
    const judge = `export const judge = ({ diversity }, epoch) => epoch > 1 && diversity < 99 ? "too tame" : undefined;`;
    const file = workspace.write("line.js", recipe({ more: SAMPLES + judge }));
    const ended = await trainlens(["train", file, "--run", "whole", ...settings], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const state = workspace.events("whole").reduce(runReducer, initialRunState);
    const [first, , , last] = state.epochs;
    assert.ok(last.metrics["own_loss"] < 0.05 && last.metrics["own_loss"] < first.metrics["own_loss"]);
    assert.ok(last.metrics["diversity"] > 0, JSON.stringify(last.metrics));
    assert.equal(new Set(state.epochs.map(({ tensors }) => tensors)).size, 1, "tensors leak");
    assert.deepEqual(
      state.logs.map(({ message }) => message),
      ["Epoch 2: too tame"],
    );
    assert.equal(state.evaluation, undefined);

    assert.deepEqual(
      state.samples.map(({ path }) => path),
      [1, 2, 3, 4].map((epoch) => `samples/epoch-00${epoch}.png`),
    );
    const [{ png, path: name, width, height }] = state.samples;
    assert.deepEqual(readFileSync(workspace.path("whole", name)), Buffer.from(png, "base64"));
    assert.deepEqual([width, height], [15, 3], "eight columns and two rows of one pixel, and the gaps");
    const x = readNpz(readFileSync(workspace.path("whole", "samples", "samples.npz"))).get("x");
    assert.deepEqual(x?.shape, [20, 1, 1, 1]);

    const child = start(["train", file, "--run", "parted", ...settings], workspace.folder);
    await workspace.until(child, "parted", "epoch");
    writeFileSync(workspace.path("parted", "stop"), "");
    assert.equal((await child.ended).code, 130);
    assert.equal((await trainlens(["train", "--resume", "--run", "parted"], workspace.folder)).code, 0);
    const [whole, parted] = [workspace.weights("whole"), workspace.weights("parted")];
    assert.ok(whole.every((value, i) => Math.abs(value - parted[i]) <= 1e-6));
    const resumed = workspace.events("parted").reduce(runReducer, initialRunState);
    assert.deepEqual(
      resumed.samples.map(({ epoch }) => epoch),
      [1, 2, 3, 4],
    );
  });

  it("saves the networks that it names", async () => {
    const more = "export const networks = (model) => ({ line: model, again: model });";
    const file = workspace.write("two.js", recipe({ more }));
    const ended = await trainlens(["train", file, "--run", "two", "--set", "epochs=1", ...settings], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(only(workspace.events("two"), "saved").path, "model/model.json");
    assert.ok(existsSync(workspace.path("two", "networks", "again", "model.json")));
  });

  const refused: Record<string, { parts: Parameters<typeof recipe>[0]; says: RegExp }> = {
    "a weight without a gradient": {
      parts: { step: "return { gradients: {}, metrics: { own_loss: value } };" },
      says: /no gradient for dense_Dense1\/kernel[\s\S]*trainable = false/,
    },
    "nothing measured": {
      parts: { step: "return { gradients: grads, metrics: {} };" },
      says: /measures nothing/,
    },
    "a metric that is no number": {
      parts: { step: "return { gradients: grads, metrics: { own_loss: value, other: tf.log(-1) } };" },
      says: /The other became NaN at epoch 1, batch 1/,
    },
    "what it throws, with the place": {
      parts: { step: 'throw new Error("lost the thread");' },
      says: /threw in trainStep\(\): Error: lost the thread \(.*refused\.js:\d+/,
    },
    "pictures of another shape": {
      parts: { more: "export const samples = () => tf.zeros([3, 4]);" },
      says: /\[n, height, width, 1 or 3\], not \[3, 4\]/,
    },
  };
  for (const [what, { parts, says }] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const file = workspace.write("refused.js", recipe(parts));
      const ended = await trainlens(["train", file, "--set", "epochs=1", ...settings], workspace.folder);
      assert.equal(ended.code, 1, ended.stdout);
      assert.match(ended.stderr, says);
    });
  }

  it("refuses samples where there is no trainStep", async () => {
    const file = workspace.write("half.js", recipe({ more: SAMPLES }).replace("trainStep", "step"));
    const ended = await trainlens(["train", file, ...settings], workspace.folder);
    assert.match(ended.stderr, /exports samples, judge or networks, and no trainStep/);
  });
});
