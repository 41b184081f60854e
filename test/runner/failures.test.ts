import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { runStatus } from "../../src/protocol/reducer";
import { readRun } from "../../src/runFolder";
import { Workspace, digitsRecipe, only, start, trainlens } from "./cli";

describe("a recipe that misbehaves", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  let counter = 0;
  async function train(source: string, ...args: string[]) {
    const run = `run-${++counter}`;
    const recipe = workspace.write(`${run}.ts`, source);
    const ended = await trainlens(["train", recipe, "--run", run, ...args], workspace.folder);
    return { ...ended, run, events: workspace.events(run) };
  }

  /** Statements at the start of a function of the recipe. */
  const inside = (name: "data" | "createModel", statements: string): string =>
    name === "data"
      ? digitsRecipe().replace("() => digits()", `() => { ${statements}; return digits(); }`)
      : digitsRecipe().replace("const model", `${statements};\n const model`);

  it("does not exist", async () => {
    const { code, stderr } = await trainlens(["train", "nowhere.ts", "--run", "nowhere"], workspace.folder);
    assert.equal(code, 1);
    assert.match(stderr, /nowhere\.ts cannot be read: it does not exist/);
  });

  it("is a folder, or another kind of file", async () => {
    mkdirSync(workspace.path("folder.ts"));
    assert.match((await trainlens(["train", "folder.ts"], workspace.folder)).stderr, /is a folder/);
    workspace.write("model.py", "print()");
    assert.match((await trainlens(["train", "model.py"], workspace.folder)).stderr, /is no recipe/);
  });

  it("does not parse: the message has file, line and column", async () => {
    const { code, stderr } = await train("export const a = 1;\nexport const b = ;\n");
    assert.equal(code, 1);
    assert.match(stderr, /run-\d+\.ts:2:\d+/);
  });

  it("lacks an export", async () => {
    const { code, stderr } = await train("export const data = () => 1;");
    assert.equal(code, 1);
    assert.match(stderr, /createModel is missing/);
  });

  it("throws while it is loaded, with the place", async () => {
    const { code, stderr } = await train(`${digitsRecipe()}\nthrow new RangeError("too far");`);
    assert.equal(code, 1);
    assert.match(stderr, /RangeError: too far \(run-\d+\.ts:\d+/);
  });

  for (const name of ["data", "createModel"] as const) {
    it(`throws in ${name}()`, async () => {
      const { code, events, stderr } = await train(inside(name, 'throw new Error("no luck")'));
      assert.equal(code, 1);
      const { outcome, error } = only(events, "ended");
      assert.equal(outcome, "failed");
      assert.match(error?.message ?? "", new RegExp(`threw in ${name}\\(\\): Error: no luck`));
      assert.match(stderr, /no luck/);
    });
  }

  it("throws in a callback, later", async () => {
    const { code, events } = await train(
      inside("createModel", 'setTimeout(() => { throw new Error("later"); }, 0)'),
      "--set",
      "epochs=50",
    );
    assert.equal(code, 1);
    assert.match(only(events, "ended").error?.message ?? "", /later/);
  });

  it("ends the process", async () => {
    const { code, events } = await train(inside("createModel", "process.exit(0)"));
    assert.equal(code, 1);
    assert.match(only(events, "ended").error?.message ?? "", /process\.exit\(0\)/);
  });

  it("ends the process while it is loaded", async () => {
    const { code, stderr, run } = await train(`${digitsRecipe()}\nprocess.exit(0);`);
    assert.equal(code, 1);
    assert.match(stderr, /process\.exit\(0\)/);
    assert.ok(!existsSync(workspace.path(run)), "no run has begun");
  });

  it("never comes to its end: the message names what it was asked for", async () => {
    const never = "new Promise(() => undefined)";
    const loading = await train(`${digitsRecipe()}\nawait ${never};`);
    assert.equal(loading.code, 1);
    assert.match(loading.stderr, /The recipe's module never settled/);
    const data = await train(digitsRecipe().replace("() => digits()", `() => ${never}`));
    assert.equal(data.code, 1);
    assert.match(only(data.events, "ended").error?.message ?? "", /^data\(\) never settled/);
    const model = await train(inside("createModel", `return ${never}`));
    assert.match(only(model.events, "ended").error?.message ?? "", /^createModel\(\) never settled/);
  });

  it("does not answer, and Ctrl+C is pressed twice: the run was stopped", async () => {
    const recipe = workspace.write(
      "slow.ts",
      digitsRecipe().replace("() => digits()", "() => new Promise((resolve) => setTimeout(resolve, 1e9))"),
    );
    const child = start(["train", recipe, "--run", "slow"], workspace.folder);
    await workspace.until(child, "slow", "backend");
    const pressing = setInterval(() => child.process.kill("SIGINT"), 100);
    const { code, stderr } = await child.ended.finally(() => clearInterval(pressing));
    assert.equal(code, 130, stderr);
    const { outcome, error } = only(workspace.events("slow"), "ended");
    assert.deepEqual([outcome, error], ["stopped", undefined]);
    assert.ok(!existsSync(workspace.path("slow", "train.lock")));
  });

  it("prints a lot", async () => {
    const { code, run, stdout } = await train(
      inside("data", 'for (let i = 0; i < 50000; i++) console.log("line " + i)'),
    );
    assert.equal(code, 0);
    const log = readFileSync(workspace.path(run, "output.log"), "utf8");
    for (const text of [log, stdout]) assert.equal(text.match(/^line \d+$/gm)?.length, 50000);
  });

  it("loops for ever: it can be killed, and is seen as crashed", async () => {
    const recipe = workspace.write("loop.ts", inside("createModel", "for (;;) {}"));
    const child = start(["train", recipe, "--run", "loop"], workspace.folder);
    await workspace.until(child, "loop", "data");
    const running = await readRun(workspace.path("loop"));
    assert.ok(running);
    assert.equal(runStatus(running.state, running.facts), "starting");
    child.process.kill("SIGKILL");
    await child.ended;
    const dead = await readRun(workspace.path("loop"));
    assert.ok(dead);
    assert.equal(runStatus(dead.state, dead.facts), "crashed");
  });

  it("diverges: the run fails, names epoch and batch, and keeps NaN as NaN", async () => {
    const { code, events, run } = await train(digitsRecipe({ optimizer: "tf.train.sgd(1e30)" }));
    assert.equal(code, 1);
    const { outcome, error } = only(events, "ended");
    assert.equal(outcome, "failed");
    assert.match(error?.message ?? "", /The loss became (NaN|Infinity) at epoch 1, batch \d+/);
    assert.match(error?.advice ?? "", /learning rate/);
    assert.equal(only(events, "log").level, "warning");
    assert.ok(!Number.isFinite(events.flatMap((e) => (e.type === "batches" ? e.metrics["loss"] : [])).at(-1)));
    assert.match(readFileSync(workspace.path(run, "events.jsonl"), "utf8"), /"(NaN|Infinity)"/);
  });

  it("needs more memory than there is: the message names the batch size, the estimate and half of it", async () => {
    const wide = `
      import * as tf from "@tensorflow/tfjs";
      export const hyperparameters = { epochs: 1, batchSize: 4096, rows: 4096, units: 300000 };
      const split = (n) => ({
        x: { data: new Float32Array(n * 4).fill(0.5), shape: [n, 4] },
        y: { data: new Float32Array(n).fill(1), shape: [n, 1] },
      });
      export const data = () => ({ train: split(hyperparameters.rows), validation: split(300) });
      export function createModel() {
        const model = tf.sequential({ layers: [
          tf.layers.dense({ units: hyperparameters.units, activation: "relu", inputShape: [4] }),
          tf.layers.dense({ units: 1 }),
        ] });
        model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        return model;
      }`;
    const on = (...set: string[]) => train(wide, "--backend", "wasm", ...set.flatMap((each) => ["--set", each]));
    // One array of 4.6 GiB, and several of 1.7: wasm's heap ends at 4 GiB.
    for (const batchSize of [4096, 1500]) {
      const { code, events, stderr } = await on(`batchSize=${batchSize}`);
      assert.equal(code, 1);
      const { outcome, error } = only(events, "ended");
      assert.equal(outcome, "failed");
      assert.match(
        error?.message ?? "",
        new RegExp(`batchSize ${batchSize}: a step of ${batchSize} examples needs about [\\d.]+ GiB`),
      );
      assert.match(error?.message ?? "", /The backend "wasm" says: /);
      assert.equal(error?.advice, `Halve the batchSize: --set batchSize=${batchSize / 2}.`);
      assert.ok(error?.advice && stderr.includes(error.advice));
    }
    // A batch of 256 for the evaluation would have arrays of 2.9 GiB, those of 2 that are learned from of 23 MiB.
    const { code, stderr } = await on("batchSize=2", "rows=4", "units=3000000");
    assert.equal(code, 0, stderr);
  });

  it("has data that does not fit the model", async () => {
    const flat = await train(digitsRecipe().replace("inputShape: [784]", "inputShape: [28, 28]"));
    assert.match(flat.stderr, /takes examples of shape \[28, 28\], the data has \[784\]/);
    assert.match(flat.stderr, /reshape/);
    const units = await train(digitsRecipe().replace("units: 10", "units: 11"));
    assert.match(units.stderr, /answers with shape \[11\], the data's y has \[10\]/);
    const compiled = await train(digitsRecipe().replace(/model\.compile.*/, ""));
    assert.match(compiled.stderr, /not compiled/);
    assert.equal(compiled.code, 1);
  });

  it("is asked for hyperparameters that it does not have, or of another kind", async () => {
    const unknown = await train(digitsRecipe(), "--set", "epoch=3");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /no hyperparameter "epoch"[^]*batchSize, epochs, fast, note/);
    assert.equal((await train(digitsRecipe(), "--set", "epochs=many")).code, 2);
    assert.equal((await train(digitsRecipe(), "--set", "epochs=0")).code, 2);
    assert.equal((await train(digitsRecipe(), "--set", "fast=perhaps")).code, 2);
    assert.equal((await train(digitsRecipe(), "--backend", "abacus")).code, 2);
    for (const seed of ["red", "", " ", "1.5", "0x10", "1e3"])
      assert.equal((await train(digitsRecipe(), "--seed", seed)).code, 2, seed);
  });

  it("runs on a disk that is full", async function () {
    // /dev/full is the kernel's own full disk: every write to it fails with ENOSPC.
    const recipe = workspace.write("full.js", digitsRecipe());
    mkdirSync(workspace.path("full"));
    symlinkSync("/dev/full", workspace.path("full", "events.jsonl"));
    const events = await trainlens(["train", recipe, "--run", "full"], workspace.folder);
    assert.equal(events.code, 1);
    assert.match(events.stderr, /events\.jsonl cannot be written: the disk is full/);

    mkdirSync(workspace.path("full-checkpoint", "checkpoint"), { recursive: true });
    symlinkSync("/dev/full", workspace.path("full-checkpoint", "checkpoint", "state.safetensors.tmp"));
    const checkpoint = await trainlens(["train", recipe, "--run", "full-checkpoint"], workspace.folder);
    assert.equal(checkpoint.code, 1);
    const { outcome, error } = only(workspace.events("full-checkpoint"), "ended");
    assert.equal(outcome, "failed");
    assert.match(error?.message ?? "", /the disk is full/);
    assert.match(error?.advice ?? "", /Free some space/);
    assert.deepEqual(readdirSync(workspace.path("full-checkpoint", "checkpoint")), []);
  });

  it("a command typed wrongly ends with 2, help with 0", async () => {
    assert.equal((await trainlens(["train"], workspace.folder)).code, 2);
    assert.equal((await trainlens(["dance"], workspace.folder)).code, 2);
    assert.equal((await trainlens(["new", "poem"], workspace.folder)).code, 2);
    for (const command of ["new", "train", "explain", "plot", "runs"]) {
      const help = await trainlens([command, "--help"], workspace.folder);
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`Usage: trainlens ${command}`));
    }
  });
});
