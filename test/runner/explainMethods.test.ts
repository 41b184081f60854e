/** `trainlens explain --method …` and `trainlens compare` in a real child. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readExplanation, writeNpz } from "../../src/npz";
import { FamilyFixture, assertParity } from "../unit/shapFamily";
import { trainlens, Workspace } from "./cli";

const RECIPE = `
import * as tf from "@tensorflow/tfjs";
export const hyperparameters = { epochs: 1, batchSize: 16 };
const split = (n, first) => ({
  x: { data: Float32Array.from({ length: n * 16 }, (_, i) => Math.sin(first + i * i)), shape: [n, 4, 4, 1] },
  y: { data: Float32Array.from({ length: n * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)), shape: [n, 3] },
});
export const data = () => ({
  name: "waves", train: split(40, 0), validation: split(20, 300), classNames: ["low", "middle", "high"],
});
export function createModel() {
  const model = tf.sequential({ layers: [
    tf.layers.flatten({ inputShape: [4, 4, 1] }),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ] });
  model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
  return model;
}`;

describe("trainlens explain --method", function () {
  this.timeout(60_000);
  const workspace = new Workspace();
  const run = workspace.path(".trainlens/runs/waves-1");
  const explain = (...args: string[]) =>
    trainlens(
      ["explain", run, "--backend", "wasm", "--samples", "0-1", "--background", "8", ...args],
      workspace.folder,
    );
  const explanation = (file: string) => readExplanation(readFileSync(file));

  before(async () => {
    const recipe = workspace.write("waves.js", RECIPE);
    const trained = await trainlens(["train", recipe, "--run", run, "--backend", "wasm"], workspace.folder);
    assert.equal(trained.code, 0, trained.stderr);
  });
  after(() => workspace.dispose());

  const asked: [args: string[], file: string, parameters: Record<string, unknown> | undefined][] = [
    [["exact", "--patch", "2"], "exact-0-1-bg8-patch2", { patch: 2 }],
    [
      ["kernel", "--nsamples", "200", "--l1-reg", "num_features(4)"],
      "kernel-0-1-bg8-nsamples200-l1Regnum_features4",
      { nsamples: 200, l1Reg: "num_features(4)" },
    ],
    [["permutation", "--seed", "7"], "permutation-0-1-bg8-seed7", undefined],
    [
      ["gradient", "--nsamples", "40", "--ranked-outputs", "2"],
      "gradient-0-1-bg8-nsamples40-rankedOutputs2",
      { nsamples: 40, rankedOutputs: 2 },
    ],
    [["integrated-gradients"], "integrated-gradients-0-1-bg8", undefined],
    [["linear"], "linear-0-1-bg8", undefined],
    [["lime", "--patch", "2"], "lime-0-1-bg8-patch2", { patch: 2 }],
    [["partition", "--blur", "3"], "partition-0-1-bg8-blur3", { blur: 3 }],
  ];
  for (const [args, file, parameters] of asked)
    it(`${args.join(" ")} writes ${file}, with the method and what it was told`, async () => {
      const { code, stderr } = await explain("--method", ...args);
      assert.equal(code, 0, stderr);
      const found = explanation(`${run}/explanations/${file}.shap.npz`);
      assert.equal(found.meta.method, args[0]);
      assert.deepEqual(found.meta.parameters, parameters);
      assert.ok(found.values.some((value) => Math.abs(value) > 1e-4));
      assert.deepEqual([found.samples, ...found.featureShape], [2, 4, 4, 1]);
      const ranked = args.includes("--ranked-outputs");
      assert.equal(found.outputs, ranked ? 2 : 3);
      assert.equal(found.meta.outputIndexes?.length, ranked ? 4 : undefined);
      if (!args[0].includes("gradient") && args[0] !== "lime") assert.ok((found.meta.additivityError ?? NaN) < 1e-4);
    });

  it("refuses an option that the method has not, an unknown method with the list, and a rule that is none", async () => {
    const wrong = await explain("--method", "deep", "--nsamples", "5");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--nsamples is no option of --method deep/);
    const unknown = await explain("--method", "magic");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /magic.*deep, gradient, integrated-gradients, kernel, permutation, exact.*tree/);
    const rule = await explain("--method", "kernel", "--l1-reg", "some");
    assert.match(rule.stderr, /l1_reg "some"/);
    const many = await explain("--method", "exact", "--max-evals", "100");
    assert.equal(many.code, 1);
    assert.match(many.stderr, /2\^16/);
  });

  it("tree explains XGBoost's JSON: Python's values", async () => {
    const fixture = new FamilyFixture("tree-boosted");
    const model = workspace.write("boosted.json", fixture.text("xgboost"));
    const rows = (name: string): string => {
      const { data, shape } = fixture.rows(name);
      return workspace.write(`${name}.npz`, writeNpz({ x: { kind: "numeric", shape, data } }));
    };
    const tree = (...args: string[]) => trainlens(["explain", model, "--method", "tree", ...args], workspace.folder);
    const samples = rows("samples");
    const [path, background] = [workspace.path("tree-samples.shap.npz"), workspace.path("b.shap.npz")];
    const done = await tree("--samples", samples);
    assert.equal(done.code, 0, done.stderr);
    assertParity("tree", explanation(path).values, fixture.numbers("path").data, 1e-6);
    assert.deepEqual(explanation(path).meta.parameters, { featurePerturbation: "tree_path_dependent" });
    assert.equal(
      (await tree("--samples", samples, "--background", rows("background"), "--output", background)).code,
      0,
    );
    assertParity("tree", explanation(background).values, fixture.numbers("interventional").data, 1e-6);

    const compared = await trainlens(["compare", path, background, "--json"], workspace.folder);
    const { maxDifference, rankCorrelation, topOverlap, methods } = JSON.parse(compared.stdout) as Record<
      string,
      unknown
    >;
    assert.deepEqual(methods, ["tree", "tree"]);
    for (const value of [maxDifference, rankCorrelation, topOverlap])
      assert.ok(typeof value === "number" && value > 0 && value < 2, String(value));
    const text = await trainlens(["compare", path, path], workspace.folder);
    assert.match(text.stdout, /max difference +0\.00e\+0[^]*rank correlation +1\.0000\ntop 10 overlap +1\.0000/);

    const other = await trainlens(["compare", path, `${run}/explanations/linear-0-1-bg8.shap.npz`], workspace.folder);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /shapes \[6, 13, 1\] and \[2, 4, 4, 1, 3\]/);
    const none = await tree();
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--samples FILE\.npz/);
  });
});
