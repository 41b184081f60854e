/** The template "transfer" on the default backend: a frozen base, fine-tuning, and an explanation of pixels. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { Workspace, only, start, trainlens } from "./cli";

const FINE_TUNED = ["--set", "epochs=8", "--set", "fineTuneEpochs=2"];

describe("transfer learning", () => {
  let workspace: Workspace;
  before(async () => {
    workspace = new Workspace();
    assert.equal((await trainlens(["new", "transfer", ".", "--language", "javascript"], workspace.folder)).code, 0);
  });
  after(() => workspace.dispose());

  const train = async (run: string, ...more: string[]): Promise<void> => {
    const ended = await trainlens(["train", "train.js", "--backend", "wasm", "--run", run, ...more], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
  };
  const logs = (run: string): string[] =>
    workspace.events(run).flatMap((event) => (event.type === "log" ? [event.message] : []));
  const accuracy = (run: string): number => only(workspace.events(run), "evaluation").metrics["accuracy"];

  it("tells the pictures apart far better than from random weights, computing the frozen base once", async () => {
    await train("whole", ...FINE_TUNED);
    const [once, fineTuning, again] = logs("whole");
    assert.match(once, /^Computed the outputs of the frozen base, 908 of shape \[96\]/);
    assert.match(fineTuning, /^Fine-tuning: 78,086 of 330,310 parameters learn/);
    assert.match(again, /^Computed the outputs of the frozen base, 908 of shape \[4, 4, 64\]/);
    const { epochs } = workspace.events("whole").reduce(runReducer, initialRunState);
    assert.equal(epochs.length, 10);
    assert.ok(accuracy("whole") >= 0.65, `accuracy ${accuracy("whole")}`);
    await train("random", "--set", "epochs=8", "--set", "baseWeights=random");
    assert.ok(accuracy("random") <= accuracy("whole") - 0.2, `random weights: accuracy ${accuracy("random")}`);
  });

  it("on VGG16 is checked without downloading anything", async () => {
    assert.equal((await trainlens(["new", "transfer", "vgg16", "--base", "vgg16"], workspace.folder)).code, 0);
    const checked = await trainlens(["check", "vgg16/train.ts", "--set", "pictureSide=32"], workspace.folder);
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /Model: transfer, 14,781,138 parameters/);
    assert.match(checked.stdout, /examples of \[32, 32, 3\]/);
  });

  it("goes on fine-tuning where it stopped, with the features that are in the cache", async () => {
    const child = start(["train", "train.js", "--backend", "wasm", "--run", "parted", ...FINE_TUNED], workspace.folder);
    while (!logs("parted").some((message) => message.startsWith("Fine-tuning"))) {
      await workspace.until(child, "parted", "batches");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    writeFileSync(workspace.path("parted", "stop"), "");
    assert.equal((await child.ended).code, 130);
    assert.match(logs("parted")[0], /^Found the outputs of the frozen base/);
    assert.equal((await trainlens(["train", "--resume", "--run", "parted"], workspace.folder)).code, 0);
    const [whole, parted] = [workspace.weights("whole"), workspace.weights("parted")];
    assert.ok(whole.every((value, i) => Math.abs(value - parted[i]) <= 1e-6));
  });

  it("is explained from the pixels, additively, and drawn as pictures", async () => {
    const args = ["explain", "whole", "--samples", "0-1", "--background", "4", "--backend", "wasm", "--chunk-mb", "64"];
    const ended = await trainlens(args, workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const { additivityError } = only(workspace.events("whole"), "explained");
    assert.ok(additivityError < 1e-4, `additivity error ${additivityError}`);
    const file = workspace.path("whole", "explanations", "deep-0-1-bg4.shap.npz");
    const drawing = workspace.path("drawing.svg");
    const drawn = await trainlens(["plot", file, "--image", "--sample", "1", "--output", drawing], workspace.folder);
    assert.equal(drawn.code, 0, drawn.stderr);
    assert.equal(readFileSync(drawing, "utf8").match(/<image /g)?.length, 7, "the picture, and one for each class");
  });

  it("says what is wrong with fine-tuning", async () => {
    const recipe = (body: string): string => `
      import * as tf from "@tensorflow/tfjs";
      const rows = (n) => ({ x: { data: new Float32Array(n * 2).fill(1), shape: [n, 2] }, y: { data: new Float32Array(n), shape: [n, 1] } });
      export const data = () => ({ train: rows(4), validation: rows(2) });
      export function createModel() {
        const model = tf.sequential({ layers: [
          tf.layers.dense({ units: 2, inputShape: [2], trainable: false }), tf.layers.dense({ units: 1 }) ] });
        model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        return model;
      }
      ${body}`;
    const fails = async (body: string, message: RegExp): Promise<void> => {
      workspace.write("wrong.js", recipe(body));
      const ended = await trainlens(["train", "wrong.js", "--backend", "cpu", "--run", "wrong"], workspace.folder);
      assert.notEqual(ended.code, 0);
      assert.match(ended.stderr, message);
      rmSync(workspace.path("wrong"), { recursive: true, force: true });
    };
    await fails("export function fineTune() {}", /fineTuneEpochs is undefined.*\n.*whole number/s);
    const one = "export const hyperparameters = { epochs: 1, fineTuneEpochs: 1 };";
    await fails(`${one} export function fineTune() {}`, /fineTune\(\) did not compile the model/);
    await fails(`${one} export function fineTune(model) { model.nothing(); }`, /threw in fineTune\(\): TypeError/);
    const brief = "export const hyperparameters = { epochs: 1 };";
    await fails(`${brief} export function onTrainEnd() { none(); }`, /threw in onTrainEnd\(\): ReferenceError/);
  });
});
