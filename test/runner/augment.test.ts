import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { Workspace, only, start, trainlens } from "./cli";

/** A recipe on digits as images; what `augment` is and which targets and loss it has, a test chooses. */
function recipe(parts: { augment: string; flat?: boolean; sparse?: boolean; rate?: number }): string {
  const { augment, flat = false, sparse = false, rate = 0.001 } = parts;
  return `
    import * as tf from "@tensorflow/tfjs";
    import * as own from "trainlens/data";
    const { compose, cutout, digits, mixup, randomFlip, randomRotation, randomTranslation } = own;
    export const hyperparameters = { epochs: 2, batchSize: 64, rotation: 0.05, augment: true };
    const classes = ({ data, shape: [n] }) => ({
      data: Float32Array.from({ length: n }, (_, i) => data.subarray(i * 10, i * 10 + 10).indexOf(1)),
      shape: [n, 1],
    });
    export function data() {
      const all = digits({ flat: ${flat} });
      const split = ({ x, y }) => ({ x, y: ${sparse} ? classes(y) : y });
      return { ...all, train: split(all.train), validation: split(all.validation), test: split(all.test) };
    }
    ${augment}
    export function createModel() {
      const model = tf.sequential({ layers: [
        tf.layers.reshape({ targetShape: [784], inputShape: ${flat ? "[784]" : "[28, 28, 1]"} }),
        tf.layers.dense({ units: 10, activation: "softmax" }),
      ] });
      model.compile({
        optimizer: tf.train.adam(${rate}),
        loss: "${sparse ? "sparseCategoricalCrossentropy" : "categoricalCrossentropy"}",
      });
      return model;
    }`;
}

const AUGMENT = `export function augment() {
  if (!hyperparameters.augment) return undefined;
  return compose(randomRotation(hyperparameters.rotation), randomTranslation(0.1, 0.1), cutout(0.2), mixup(0.2));
}`;

describe("a recipe with augment()", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  it("trains, says so, leaks nothing, repeats, and goes on where it stopped", async () => {
    const file = workspace.write("repeats.js", recipe({ augment: AUGMENT }));
    const train = async (run: string, ...more: string[]): Promise<void> => {
      const ended = await trainlens(["train", file, "--run", run, ...more], workspace.folder);
      assert.equal(ended.code, 0, ended.stderr);
    };
    await train("whole");
    const events = workspace.events("whole");
    assert.deepEqual(only(events, "data").augmentation, [
      ...["randomRotation 0.05", "randomTranslation 0.1 0.1", "cutout 0.2", "mixup 0.2"],
    ]);
    const { epochs } = events.reduce(runReducer, initialRunState);
    assert.equal(new Set(epochs.map(({ tensors }) => tensors)).size, 1, "tensors leak");

    const child = start(["train", file, "--run", "parted"], workspace.folder);
    await workspace.until(child, "parted", "batches");
    writeFileSync(workspace.path("parted", "stop"), "");
    assert.equal((await child.ended).code, 130);
    const stopped = workspace.events("parted").reduce(runReducer, initialRunState);
    assert.ok(stopped.checkpoint && stopped.checkpoint.batch > 0, "stopped amid an epoch");
    assert.equal((await trainlens(["train", "--resume", "--run", "parted"], workspace.folder)).code, 0);
    const [whole, parted] = [workspace.weights("whole"), workspace.weights("parted")];
    assert.ok(whole.every((value, i) => Math.abs(value - parted[i]) <= 1e-6));

    await train("stronger", "--set", "rotation=0.1");
    assert.notDeepEqual(workspace.weights("stronger"), whole);
    await train("without", "--set", "augment=false");
    assert.equal(only(workspace.events("without"), "data").augmentation, undefined);
  });

  it("changes training batches only", async () => {
    const augment = `export const augment = () => ({ x, y }) => ({ x: tf.zerosLike(x), y });`;
    const file = workspace.write("zeros.js", recipe({ augment, rate: 0 }));
    assert.equal((await trainlens(["train", file, "--set", "epochs=1", "--run", "zeros"], workspace.folder)).code, 0);
    const [{ metrics }] = workspace.events("zeros").reduce(runReducer, initialRunState).epochs;
    // Empty pictures give ten equal shares; the untrained weights give others on real ones.
    assert.ok(Math.abs(metrics["loss"] - Math.log(10)) < 1e-4, String(metrics["loss"]));
    assert.ok(Math.abs(metrics["val_loss"] - Math.log(10)) > 1e-2, String(metrics["val_loss"]));
  });

  const refused: Record<string, { parts: Parameters<typeof recipe>[0]; says: RegExp }> = {
    "flat vectors, with how to reshape them": {
      parts: { augment: AUGMENT, flat: true },
      says: /randomRotation works on images .*\[784\][\s\S]*\[-1, 28, 28, 1\]/,
    },
    "blended targets with a sparse loss": {
      parts: { augment: AUGMENT, sparse: true },
      says: /blends targets, and the loss sparseCategoricalCrossentropy[\s\S]*leave mixup out/,
    },
    "another shape": {
      parts: { augment: "export const augment = () => ({ x, y }) => ({ x: x.slice([0, 2], [-1, 10]), y });" },
      says: /turns x of shape \[32, 28, 28, 1\] into \[32, 10, 28, 1\]/,
    },
    "an augmentation in place of a function that makes one": {
      parts: { augment: "export const augment = compose(randomFlip());" },
      says: /exports an augmentation as augment, not a function that makes one/,
    },
    "anything else": { parts: { augment: "export const augment = () => 3;" }, says: /returned a number/ },
    "a factor that makes no sense": {
      parts: { augment: "export const augment = () => cutout(7);" },
      says: /cutout takes a factor from 0 to 1, not 7/,
    },
    "one that throws": {
      parts: { augment: 'export const augment = () => () => { throw new Error("out of paint"); };' },
      says: /The augmentation threw: Error: out of paint/,
    },
  };
  for (const [what, { parts, says }] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const file = workspace.write("refused.js", recipe(parts));
      const ended = await trainlens(["train", file, "--backend", "wasm"], workspace.folder);
      assert.equal(ended.code, 1, ended.stdout);
      assert.match(ended.stderr, says);
      assert.doesNotMatch(ended.stderr, /^\s+at /m);
    });
  }
});
