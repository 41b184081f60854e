import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { initialRunState, runReducer, runStatus } from "../../src/protocol/reducer";
import { BACKEND_NAMES } from "../../src/runner/backends";
import { parseManifest } from "../../src/protocol/runManifest";
import { readRun } from "../../src/runFolder";
import { Workspace, digitsRecipe, only, trainlens } from "./cli";

describe("trainlens train", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  it("scaffolds, trains and writes the whole run folder", async () => {
    assert.equal((await trainlens(["new", "digits"], workspace.folder)).code, 0);
    const ended = await trainlens(
      ["train", "digits/train.ts", "--set", "epochs=3", "--run", "run", "--json"],
      workspace.folder,
    );
    assert.equal(ended.code, 0, ended.stderr);

    const events = workspace.events("run");
    assert.deepEqual(
      ended.stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { type: string }).type),
      events.map(({ type }) => type),
    );
    const state = events.reduce(runReducer, initialRunState);
    assert.equal(runStatus(state, { alive: false, stopRequested: false }), "done");
    assert.equal(state.epochs.length, 3);
    assert.ok(state.epochs[2].metrics["val_accuracy"] > 0.9, JSON.stringify(state.epochs[2]));
    assert.ok(state.epochs[2].metrics["loss"] < state.epochs[0].metrics["loss"]);
    assert.equal(new Set(state.epochs.map(({ tensors }) => tensors)).size, 1, "tensors leak");
    assert.equal(
      state.batches.reduce((sum, chunk) => sum + chunk.metrics["loss"].length, 0),
      3 * 63,
    );
    assert.equal(state.model?.parameters, 784 * 128 + 128 + 128 * 10 + 10);
    assert.equal(state.model.flops, 2 * 784 * 128 + 128 + 2 * 128 * 10 + 10);
    // Which one that is depends on the machine; that each better one is accounted for does not.
    const taken = BACKEND_NAMES.findIndex((name) => name === state.backend?.name);
    assert.notEqual(taken, -1);
    assert.deepEqual(
      state.backend?.passedOver.map(({ name }) => name),
      BACKEND_NAMES.slice(0, taken),
    );
    assert.equal(
      state.evaluation?.confusion?.flat().reduce((a, b) => a + b),
      1000,
    );

    const manifest = parseManifest(readFileSync(workspace.path("run", "run.json"), "utf8"));
    assert.deepEqual(manifest?.overrides, { epochs: 3 });
    assert.equal(manifest.hyperparameters["hiddenUnits"], 128);
    assert.equal(manifest.recipe.name, "digits");
    assert.ok(existsSync(workspace.path("run", "model", "model.json")));
    assert.match(readFileSync(workspace.path("run", "output.log"), "utf8"), /"type":"ended","outcome":"done"/);
  });

  it("gives the same weights for the same seed, and others for another", async () => {
    const recipe = workspace.write(
      "seeded.js",
      digitsRecipe({ epochs: 1, layers: "tf.layers.dropout({ rate: 0.3 })," }),
    );
    for (const [run, seed] of [
      ["one", "7"],
      ["two", "7"],
      ["three", "8"],
    ]) {
      const ended = await trainlens(["train", recipe, "--run", run, "--seed", seed], workspace.folder);
      assert.equal(ended.code, 0, ended.stderr);
    }
    assert.deepEqual(workspace.weights("one"), workspace.weights("two"));
    assert.notDeepEqual(workspace.weights("one"), workspace.weights("three"));
  });

  it("makes a run folder of its own where none is given", async () => {
    const recipe = workspace.write("own.js", digitsRecipe({ epochs: 1 }));
    assert.equal((await trainlens(["train", recipe], workspace.folder)).code, 0);
    const [id] = readdirSync(workspace.path(".trainlens", "runs"));
    assert.match(id, /^\d{8}-\d{6}-own-[0-9a-f]{4}$/);
  });

  it("takes a file named stop for its user's own where no run folder is given", async () => {
    const recipe = workspace.write("unstopped.js", digitsRecipe({ epochs: 1 }));
    workspace.write("stop", "mine");
    const { code, stderr } = await trainlens(["train", recipe], workspace.folder);
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(workspace.path("stop"), "utf8"), "mine");
    rmSync(workspace.path("stop"));
  });

  it("runs recipes in TypeScript, in several files, without node_modules", async () => {
    mkdirSync(workspace.path("parts"));
    workspace.write("parts/sizes.ts", "export type Size = number;\nexport enum Units { Hidden = 8 }\n");
    workspace.write(
      "parts/train.ts",
      digitsRecipe({ epochs: 1 })
        .replace("units: 16", "units: Units.Hidden as Size")
        .replace("import * as tf", 'import { type Size, Units } from "./sizes";\nimport * as tf'),
    );
    const ended = await trainlens(["train", "parts/train.ts", "--run", "typed"], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(
      only(workspace.events("typed"), "model").layers.find(({ className }) => className === "Dense")?.outputShape[1],
      8,
    );
  });

  it("type-checks a scaffolded recipe in a folder without node_modules", async () => {
    assert.equal((await trainlens(["new", "digits", "typed-recipe"], workspace.folder)).code, 0);
    const tsc = path.resolve(__dirname, "../../../node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", workspace.path("typed-recipe")], { stdio: "pipe" });
    const broken = readFileSync(workspace.path("typed-recipe", "train.ts"), "utf8").replace(
      "units: 10",
      'units: "ten"',
    );
    workspace.write("typed-recipe/train.ts", broken);
    assert.throws(() => execFileSync(process.execPath, [tsc, "-p", workspace.path("typed-recipe")], { stdio: "pipe" }));
  });

  it("trains a convolutional model on the default backend, and counts its operations", async () => {
    const recipe = workspace.write(
      "conv.js",
      digitsRecipe({ epochs: 1, batchSize: 256 })
        .replace("digits()", "small(digits({ flat: false }))")
        .replace(
          /tf\.layers\.dense\(\{ units: 16.*/,
          `tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
        tf.layers.maxPooling2d({ poolSize: 2 }), tf.layers.flatten(),`,
        ) +
        `\nconst take = (a) => ({ shape: [512, ...a.shape.slice(1)], data: a.data.slice(0, 512 * a.data.length / a.shape[0]) });
       const small = (all) => ({ ...all, train: { x: take(all.train.x), y: take(all.train.y) } });`,
    );
    const ended = await trainlens(["train", recipe, "--run", "conv"], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const { layers } = only(workspace.events("conv"), "model");
    assert.equal(layers.find(({ className }) => className === "Conv2D")?.flops, 2 * 9 * 4 * 26 * 26 + 4 * 26 * 26);
  });

  it("lists runs with their states", async () => {
    const { stdout, code } = await trainlens(["runs", "--json"], workspace.folder);
    assert.equal(code, 0);
    const [run] = JSON.parse(stdout) as { status: string; recipe: string }[];
    assert.equal(run.status, "done");
    assert.equal(run.recipe, "unstopped");
    assert.equal((await readRun(workspace.path("run")))?.state.epochs.length, 3);
  });
});
