/** Runs on WebGPU as a user has them: how their processes end, and what is left of them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess } from "../../src/processes";
import type { RunEventOf } from "../../src/protocol/events";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { CLI, Workspace, only, start, trainlens } from "../runner/cli";

/**
 * A small model whose metric does what the hyperparameter `end` says, once a checkpoint is on disk where `late` is set,
 * else at the fifth batch.
 */
const RECIPE = `
  import * as tf from "@tensorflow/tfjs";
  import { existsSync } from "node:fs";
  export const hyperparameters = { epochs: 2, batchSize: 16, end: "", checkpoint: "" };
  const split = (rows) => ({
    x: { data: Float32Array.from({ length: rows * 8 }, (_, i) => Math.sin(i * 7.3)), shape: [rows, 8] },
    y: { data: Float32Array.from({ length: rows * 2 }, (_, i) => (i % 4 < 2) === (i % 2 < 1) ? 1 : 0), shape: [rows, 2] },
  });
  export const data = () => ({ train: split(128), validation: split(16) });
  let batches = 0;
  const ends = {
    throw: () => { throw new Error("thrown by the recipe"); },
    reject: () => void Promise.reject(new Error("rejected by the recipe")),
    exit0: () => process.exit(0),
    exit3: () => process.exit(3),
    lose: () => tf.backend().device.destroy(),
    terminate: () => process.kill(process.pid, "SIGTERM"),
  };
  function endAsAsked(y, prediction) {
    const { end, checkpoint } = hyperparameters;
    const due = checkpoint ? existsSync(checkpoint) : ++batches === 5;
    if (end && due) ends[end]();
    return tf.metrics.meanAbsoluteError(y, prediction);
  }
  export function createModel() {
    const model = tf.sequential({ layers: [
      tf.layers.dense({ units: 16, activation: "relu", inputShape: [8] }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 2, activation: "softmax" }),
    ] });
    model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy", metrics: [endAsAsked] });
    return model;
  }`;

describe("runs on webgpu", function () {
  this.timeout(600_000);
  const workspace = new Workspace();
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    environment = { ...process.env };
    Object.assign(process.env, await softwareVulkan());
    workspace.write("recipe.mjs", RECIPE);
  });
  after(() => {
    process.env = environment;
    workspace.dispose();
  });

  const args = (run: string, ...more: string[]): string[] => [
    ...["train", "recipe.mjs", "--backend", "webgpu", "--run", run],
    ...more,
  ];

  it("train, evaluate, save and end with 0, as on the cpu backend", async () => {
    const ended = await trainlens(args("whole"), workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const events = workspace.events("whole");
    assert.equal(only(events, "ended").outcome, "done");
    const backend = only(events, "backend");
    assert.equal(backend.name, "webgpu");
    assert.ok(backend.driver);
    const epochs = events.filter((event) => event.type === "epoch");
    assert.equal(epochs[0].tensors, epochs[1].tensors);
    assert.ok(existsSync(workspace.path("whole/checkpoint/state.safetensors")));

    const onCpu = await trainlens(["train", "recipe.mjs", "--backend", "cpu", "--run", "cpu"], workspace.folder);
    assert.equal(onCpu.code, 0, onCpu.stderr);
    // The same seed draws the same dropout: Math.random draws it, not the GPU.
    const expected = workspace.weights("cpu");
    workspace.weights("whole").forEach((weight, i) => assert.ok(Math.abs(weight - expected[i]) < 1e-3, `weight ${i}`));
  });

  it("are explained", async () => {
    const options = ["--backend", "webgpu", "--samples", "0-3", "--background", "20"];
    const ended = await trainlens(["explain", "whole", ...options], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const { samples, additivityError } = only(workspace.events("whole"), "explained");
    assert.equal(samples, 4);
    assert.ok(additivityError < 1e-5, `additivity error ${additivityError}`);
  });

  const failures: Record<string, RegExp> = {
    throw: /thrown by the recipe/,
    reject: /rejected by the recipe/,
    exit0: /process\.exit\(0\)/,
    exit3: /process\.exit\(3\)/,
  };
  for (const [end, message] of Object.entries(failures)) {
    it(`end with 1 and a reason where the recipe does this: ${end}`, async () => {
      const { code, signal } = await trainlens(args(end, "--set", `end=${end}`), workspace.folder);
      assert.deepEqual({ code, signal }, { code: 1, signal: null });
      const { outcome, error } = only(workspace.events(end), "ended");
      assert.equal(outcome, "failed");
      assert.match(error?.message ?? "", message);
    });
  }

  it("stop in good order on SIGTERM, with 130, and go on to the weights of a run that never stopped", async () => {
    const stopped = await trainlens(args("stopped", "--set", "end=terminate"), workspace.folder);
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.equal(only(workspace.events("stopped"), "ended").outcome, "stopped");
    const resumed = await trainlens(["train", "--resume", "--run", "stopped", "--set", "end="], workspace.folder);
    assert.equal(resumed.code, 0, resumed.stderr);
    const expected = workspace.weights("whole");
    workspace.weights("stopped").forEach((w, i) => assert.ok(Math.abs(w - expected[i]) <= 1e-5, `weight ${i}`));
  });

  it("fail where the GPU is lost, and go on from their checkpoint", async () => {
    const checkpoint = workspace.path("lost/checkpoint/state.safetensors");
    const settings = ["--set", "end=lose", "--set", `checkpoint=${checkpoint}`, "--set", "epochs=100000"];
    const lost = await trainlens(args("lost", ...settings), workspace.folder);
    assert.equal(lost.code, 1);
    assert.match(lost.stderr, /^error: The GPU was lost \(destroyed: .*\)\.\nResume the run: /m);
    const events = workspace.events("lost");
    const { outcome, error } = only(events, "ended");
    assert.equal(outcome, "failed");
    assert.match(error?.advice ?? "", /Resume the run/);
    const saved = only(events, "checkpoint");
    const again = ["--set", "end=", "--set", `epochs=${saved.epoch}`];
    const resumed = await trainlens(["train", "--resume", "--run", "lost", ...again], workspace.folder);
    assert.equal(resumed.code, 0, resumed.stderr);
    const second = workspace.events("lost").findLast((event) => event.type === "started");
    assert.equal(second?.resumed?.step, saved.step);
  });

  it("train to their end where the process that started them vanishes", async () => {
    // Its child's output goes to pipes that break with it.
    const script = `require("node:child_process")
      .spawn(process.execPath, ${JSON.stringify([CLI, ...args("orphan")])}, { stdio: ["ignore", "pipe", "pipe"] });
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ["-e", script], { cwd: workspace.folder, stdio: "ignore" });
    const begun = async (): Promise<RunEventOf<"started">> => {
      for (;;) {
        const started = workspace.events("orphan").find((event) => event.type === "started");
        if (started) return started;
        assert.equal(parent.exitCode, null, "the parent lives");
        await sleep(20);
      }
    };
    const { pid, processStartedAt } = await begun();
    parent.kill("SIGKILL");
    while (await isSameProcess(pid, processStartedAt)) await sleep(20);
    assert.equal(only(workspace.events("orphan"), "ended").outcome, "done");
  });

  it("say what is missing where there is no adapter, and train nothing", async () => {
    const driver = process.env["VK_ICD_FILENAMES"];
    process.env["VK_ICD_FILENAMES"] = workspace.path("no-driver.json");
    try {
      const { code, stderr } = await start(args("none"), workspace.folder).ended;
      assert.equal(code, 1);
      assert.match(stderr, /error: The backend "webgpu" cannot be used: WebGPU found no GPU/);
      assert.match(stderr, /apt-get install mesa-vulkan-drivers/);
      assert.equal(only(workspace.events("none"), "ended").outcome, "failed");
    } finally {
      process.env["VK_ICD_FILENAMES"] = driver;
    }
  });
});
