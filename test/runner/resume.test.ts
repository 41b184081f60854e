import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { readManifest, readRun } from "../../src/runFolder";
import { runStatus } from "../../src/protocol/reducer";
import { type Child, Workspace, digitsRecipe, start, trainlens } from "./cli";

const DROPOUT = "tf.layers.dropout({ rate: 0.2 }),";

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

describe("a run that is stopped and resumed", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  const optimizers = {
    adam: "tf.train.adam(0.001)",
    momentum: "tf.train.momentum(0.01, 0.9)",
    rmsprop: "tf.train.rmsprop(0.001, 0.9, 0.5)",
    adamax: "tf.train.adamax(0.002)",
  };
  for (const [name, optimizer] of Object.entries(optimizers)) {
    it(`ends with the weights of one that never stopped: ${name}, dropout, stopped amid an epoch`, async () => {
      // tfjs's own Adamax is many small kernels: fewer, larger batches keep the test short.
      const batchSize = name === "adamax" ? 64 : 16;
      const recipe = workspace.write(`${name}.js`, digitsRecipe({ optimizer, layers: DROPOUT, epochs: 2, batchSize }));
      const [whole, parted] = [`${name}-whole`, `${name}-parted`];
      assert.equal((await trainlens(["train", recipe, "--run", whole], workspace.folder)).code, 0);

      const child = start(["train", recipe, "--run", parted], workspace.folder);
      await workspace.until(child, parted, "batches");
      writeFileSync(workspace.path(parted, "stop"), "");
      const stopped = await child.ended;
      assert.equal(stopped.code, 130, stopped.stderr);
      const state = workspace.events(parted).reduce(runReducer, initialRunState);
      assert.equal(runStatus(state, { alive: false, stopRequested: false }), "stopped");
      assert.ok(state.checkpoint && state.checkpoint.batch > 0, "stopped amid an epoch");

      const resumed = await trainlens(["train", "--resume", "--run", parted], workspace.folder);
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.ok(largestDifference(workspace.weights(whole), workspace.weights(parted)) <= 1e-6);

      const fold = (run: string) => workspace.events(run).reduce(runReducer, initialRunState);
      const [once, twice] = [fold(whole), fold(parted)];
      assert.equal(twice.resumes, 1);
      assert.deepEqual(
        twice.epochs.map(({ step }) => step),
        once.epochs.map(({ step }) => step),
      );
      once.epochs.forEach(({ metrics }, i) =>
        Object.entries(metrics).forEach(([key, value]) =>
          assert.ok(Math.abs(value - twice.epochs[i].metrics[key]) < 1e-5, `${key} of epoch ${i + 1}`),
        ),
      );
      const losses = (state: typeof once) => state.batches.flatMap((chunk) => chunk.metrics["loss"]);
      assert.equal(losses(twice).length, losses(once).length);
    });
  }

  it("goes on from the last checkpoint after SIGKILL", async () => {
    const recipe = workspace.write("killed.js", digitsRecipe({ layers: DROPOUT, epochs: 8, batchSize: 16 }));
    assert.equal((await trainlens(["train", recipe, "--run", "unkilled"], workspace.folder)).code, 0);
    const child = start(["train", recipe, "--run", "killed"], workspace.folder);
    await workspace.until(child, "killed", "checkpoint");
    child.process.kill("SIGKILL");
    assert.equal((await child.ended).signal, "SIGKILL");
    const crashed = await readRun(workspace.path("killed"));
    assert.ok(crashed);
    assert.equal(runStatus(crashed.state, crashed.facts), "crashed");
    assert.ok(existsSync(workspace.path("killed", "train.lock")), "the dead process's lock");
    // The process may have died amid a line.
    writeFileSync(
      workspace.path("killed", "events.jsonl"),
      readFileSync(workspace.path("killed", "events.jsonl"), "utf8") + '{"type":"batc',
    );

    const resumed = await trainlens(["train", "--resume", "--run", "killed"], workspace.folder);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.ok(largestDifference(workspace.weights("unkilled"), workspace.weights("killed")) <= 1e-6);
    const state = workspace.events("killed").reduce(runReducer, initialRunState);
    assert.deepEqual(
      state.epochs.map(({ epoch }) => epoch),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.ok(!existsSync(workspace.path("killed", "train.lock")));
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`stops in good order on ${signal}`, async () => {
      const recipe = workspace.write("signal.js", digitsRecipe({ epochs: 50, batchSize: 16 }));
      const child = start(["train", recipe, "--run", signal], workspace.folder);
      await workspace.until(child, signal, "batches");
      child.process.kill(signal);
      assert.equal((await child.ended).code, 130);
      assert.equal(workspace.events(signal).at(-1)?.type, "ended");
    });
  }

  /** A run of the recipe that was stopped within an epoch. */
  async function stopWithin(run: string, source: string, ...args: string[]): Promise<void> {
    const recipe = workspace.write(`${run}.js`, source);
    const child = start(["train", recipe, "--run", run, ...args], workspace.folder);
    await workspace.until(child, run, "batches");
    await stop(run, child);
  }
  async function stop(run: string, child: Child): Promise<void> {
    writeFileSync(workspace.path(run, "stop"), "");
    const { code, stderr } = await child.ended;
    assert.equal(code, 130, stderr);
  }
  const resume = (run: string, ...args: string[]) =>
    trainlens(["train", "--resume", "--run", run, ...args], workspace.folder);
  const fold = (run: string) => workspace.events(run).reduce(runReducer, initialRunState);

  /** Two processes that would train in one folder: one of them is refused, and the other goes on. */
  async function race(run: string, args: string[]): Promise<void> {
    const children = [start(args, workspace.folder), start(args, workspace.folder)];
    const [loser, refused] = await Promise.race(children.map(async (child, i) => [i, await child.ended] as const));
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /is still training: process \d+ holds it/);
    const winner = children[1 - loser];
    await workspace.until(winner, run, "batches");
    await stop(run, winner);
    assert.ok(!existsSync(workspace.path(run, "train.lock")));
  }

  it("is resumed by one of two processes at a time", async () => {
    await stopWithin("twice", digitsRecipe({ epochs: 1000, batchSize: 16 }));
    await race("twice", ["train", "--resume", "--run", "twice"]);
    assert.equal(fold("twice").resumes, 1);
  });

  it("is begun by one of two processes", async () => {
    const recipe = workspace.write("both.js", digitsRecipe({ epochs: 1000, batchSize: 16 }));
    await race("both", ["train", recipe, "--run", "both"]);
    assert.equal(workspace.events("both").filter(({ type }) => type === "started").length, 1);
  });

  it("is not resumed while it trains, also where its process took no lock", async () => {
    const recipe = workspace.write("busy.js", digitsRecipe({ epochs: 1000, batchSize: 16 }));
    const child = start(["train", recipe, "--run", "busy"], workspace.folder);
    await workspace.until(child, "busy", "batches");
    for (const free of [false, true]) {
      if (free) rmSync(workspace.path("busy", "train.lock"));
      const { code, stderr } = await resume("busy");
      assert.equal(code, 1);
      assert.match(stderr, /is still training/);
    }
    assert.ok(!existsSync(workspace.path("busy", "stop")));
    await stop("busy", child);
  });

  it("keeps what --set changes, for the next resume and for a rerun", async () => {
    await stopWithin("changed", digitsRecipe({ epochs: 1000, batchSize: 16 }), "--set", "note=first");
    const before = await readManifest(workspace.path("changed"));
    const { code, stderr } = await resume("changed", "--set", "epochs=1");
    assert.equal(code, 0, stderr);
    const manifest = await readManifest(workspace.path("changed"));
    assert.ok(before && manifest);
    assert.deepEqual(manifest.overrides, { note: "first", epochs: 1 });
    assert.deepEqual(manifest, {
      ...before,
      overrides: manifest.overrides,
      hyperparameters: { ...before.hyperparameters, epochs: 1 },
    });
  });

  it("does not go on within an epoch with another batchSize", async () => {
    await stopWithin("batched", digitsRecipe({ epochs: 1, batchSize: 16 }));
    const before = readFileSync(workspace.path("batched", "run.json"), "utf8");
    const { code, stderr } = await resume("batched", "--set", "batchSize=32");
    assert.equal(code, 2);
    assert.match(stderr, /within an epoch of batches of 16[^]*Resume it with batchSize 16/);
    assert.equal(readFileSync(workspace.path("batched", "run.json"), "utf8"), before);
    assert.equal((await resume("batched")).code, 0);
  });

  it("goes on past a metric that is no number", async () => {
    const source = digitsRecipe({ epochs: 1, batchSize: 16 }).replace('["accuracy"]', "[() => tf.scalar(NaN)]");
    await stopWithin("nan", source);
    const { code, stderr } = await resume("nan");
    assert.equal(code, 0, stderr);
    const values = Object.values(fold("nan").epochs[0].metrics);
    assert.ok(values.some(Number.isNaN) && values.some(Number.isFinite));
  });

  it("is not stopped again by a request that was left behind", async () => {
    await stopWithin("left", digitsRecipe({ epochs: 1, batchSize: 16 }));
    writeFileSync(workspace.path("left", "stop"), "");
    const { code, stderr } = await resume("left");
    assert.equal(code, 0, stderr);
  });

  it("has its model still where the resumed process fails before it trains", async () => {
    const source = digitsRecipe({ epochs: 1 });
    const recipe = workspace.write("finished.js", source);
    assert.equal((await trainlens(["train", recipe, "--run", "finished"], workspace.folder)).code, 0);
    workspace.write("finished.js", source.replace("() => digits()", '() => { throw new Error("gone"); }'));
    assert.equal((await resume("finished", "--set", "epochs=2")).code, 1);
    const { savedModel, evaluation, phase } = fold("finished");
    assert.equal(savedModel, "model/model.json");
    assert.equal(evaluation?.split, "test");
    assert.ok(phase.kind === "ended" && phase.outcome === "failed");
  });

  it("refuses what cannot be resumed, and says why", async () => {
    const nothing = await trainlens(["train", "--resume", "--run", "nothing"], workspace.folder);
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /holds no run/);
    assert.ok(!existsSync(workspace.path("nothing")));
    const recipe = workspace.write("adam.js", digitsRecipe({ layers: "tf.layers.dense({ units: 5 })," }));
    const changed = await trainlens(["train", recipe, "--resume", "--run", "adam-parted"], workspace.folder);
    assert.equal(changed.code, 1);
    assert.match(changed.stderr, /is of another model/);
  });
});
