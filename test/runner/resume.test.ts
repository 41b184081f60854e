import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { readRun } from "../../src/runFolder";
import { runStatus } from "../../src/protocol/reducer";
import { Workspace, digitsRecipe, start, trainlens } from "./cli";

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

  it("refuses what cannot be resumed, and says why", async () => {
    const nothing = await trainlens(["train", "--resume", "--run", "nothing"], workspace.folder);
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /holds no run/);
    const recipe = workspace.write("adam.js", digitsRecipe({ layers: "tf.layers.dense({ units: 5 })," }));
    const changed = await trainlens(["train", recipe, "--resume", "--run", "adam-parted"], workspace.folder);
    assert.equal(changed.code, 1);
    assert.match(changed.stderr, /is of another model/);
  });
});
