/** A run as the host follows it: from real folders and real processes, without VS Code. */
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { killTree, ownStartTime } from "../../src/processes";
import { type NewRunEvent, formatEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { MANIFEST_VERSION, type RunManifest } from "../../src/protocol/runManifest";
import { type Launched, launch, outputTail } from "../../src/runs/launch";
import { Run } from "../../src/runs/run";

const manifest: RunManifest = {
  version: MANIFEST_VERSION,
  id: "20261123-161502-digits-7f3a",
  // Long ago: a run without a process is no newborn.
  created: Date.now() - 3_600_000,
  recipe: { name: "digits", path: "/w/digits/train.ts", language: "typescript" },
  hyperparameters: { epochs: 2 },
  overrides: {},
  seed: 1,
  backendAsked: "auto",
  versions: {},
};

function exists(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

/** A pid that belongs to nobody: beyond what Linux and macOS give out. */
const NOBODY = 2 ** 22 + 1;

describe("a run in the host", () => {
  let folder: string;
  let run: Run;

  const write = async (...events: NewRunEvent[]): Promise<void> =>
    appendFile(path.join(folder, "events.jsonl"), events.map((event) => formatEventLine(stamp(event))).join(""));
  const started = (pid: number, host = os.hostname()): NewRunEvent => ({
    type: "started",
    pid,
    processStartedAt: ownStartTime(),
    host,
  });
  const batch: NewRunEvent = {
    type: "batches",
    epoch: 1,
    epochs: 2,
    firstStep: 1,
    batch: 1,
    batchesPerEpoch: 10,
    metrics: { loss: [2] },
    examplesPerSecond: 100,
  };
  const checkpoint: NewRunEvent = { type: "checkpoint", epoch: 1, batch: 10, step: 10 };
  const ending = (outcome: "done" | "stopped" | "failed"): NewRunEvent => ({ type: "ended", outcome });
  const launched = (end?: Launched["end"]): Launched => ({
    pid: process.pid,
    outputStart: 0,
    end,
    ended: new Promise(() => undefined),
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-run-"));
    run = new Run(folder, manifest);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("has crashed where its process is gone without an ending", async () => {
    await write(started(NOBODY), batch, checkpoint);
    assert.equal(await run.poll(), true);
    assert.equal(run.status, "crashed");
    assert.equal(run.pid, undefined);
    assert.ok(run.canResume);
  });

  it("has crashed where the pid has passed to another process", async () => {
    await write({ ...started(process.pid), processStartedAt: 1000 } as NewRunEvent, batch);
    await run.poll();
    assert.equal(run.status, "crashed");
  });

  it("is running where its process lives, and reports news only once", async () => {
    await write(started(process.pid), batch);
    assert.equal(await run.poll(), true);
    assert.equal(run.status, "running");
    assert.equal(run.pid, process.pid);
    assert.equal(await run.poll(), false);
    await write(batch);
    assert.equal(await run.poll(), true);
  });

  it("keeps no history of batches", async () => {
    await write(started(process.pid), batch, batch, batch);
    await run.poll();
    assert.equal(run.state.batches.length, 1);
  });

  it("is stopping where somebody asked for it, and stopped where it then was killed", async () => {
    await write(started(process.pid), batch);
    await writeFile(path.join(folder, "stop"), "");
    await run.poll();
    assert.equal(run.status, "stopping");
    assert.ok(run.stopRequestedAt > 0);
    const killed = new Run(folder, manifest);
    await write(started(NOBODY));
    await killed.poll();
    assert.equal(killed.status, "stopped");
  });

  it("on another machine lives as long as it is not silent, and has no process to signal", async () => {
    await write(started(NOBODY, "another-machine"), batch);
    await run.poll();
    assert.equal(run.status, "running");
    assert.equal(run.pid, undefined);
  });

  it("can be explained once it has a model and nobody trains it", async () => {
    await write(started(process.pid), { type: "saved", path: "model/model.json" });
    await run.poll();
    assert.ok(!run.canExplain);
    await write(ending("done"));
    await run.poll();
    assert.equal(run.status, "done");
    assert.ok(run.canExplain);
  });

  it("is starting from the moment it is resumed", async () => {
    await write(started(NOBODY), batch, checkpoint, ending("stopped"));
    await run.poll();
    run.attach(launched(), run.state.process);
    assert.equal(run.status, "starting");
    assert.ok(!run.failedToResume);
    await write({ ...started(process.pid), resumed: { epoch: 1, batch: 10, step: 10 } } as NewRunEvent, batch);
    await run.poll();
    assert.equal(run.status, "running");
  });

  it("has started also where its events are read before its process is attached", async () => {
    await write(started(process.pid), batch);
    await run.poll();
    run.attach(launched(), undefined);
    assert.ok(run.hasStarted);
    assert.equal(run.status, "running");
  });

  it("has the hyperparameters with which it was resumed", async () => {
    await write(started(NOBODY), batch, checkpoint, ending("stopped"));
    await run.poll();
    const resumed = { ...manifest, overrides: { epochs: 9 }, hyperparameters: { epochs: 9 } };
    await writeFile(path.join(folder, "run.json"), JSON.stringify(resumed));
    await write({ ...started(process.pid), resumed: { epoch: 1, batch: 10, step: 10 } } as NewRunEvent);
    await run.poll();
    assert.deepEqual(run.manifest, resumed);
  });

  it("is what it was where resuming failed", async () => {
    await write(started(NOBODY), batch, checkpoint, ending("stopped"));
    await run.poll();
    run.attach(launched({ kind: "exited", code: 1, signal: null }), run.state.process);
    await run.poll();
    assert.equal(run.status, "stopped");
    assert.ok(run.failedToResume);
  });

  it("whose first process ends before its first event has crashed", async () => {
    run = new Run(folder, { ...manifest, created: Date.now() });
    run.attach(launched({ kind: "exited", code: 1, signal: null }), undefined);
    await run.poll();
    assert.equal(run.status, "crashed");
    assert.ok(!run.failedToResume);
  });
});

describe("a launched process", () => {
  let folder: string;

  beforeEach(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-launch-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const node = (script: string): Promise<Launched> =>
    launch({ executable: process.execPath, args: ["-e", script], env: process.env }, folder, path.join(folder, "run"));

  it("has its output in the run folder, and its own words apart from older ones", async () => {
    await mkdir(path.join(folder, "run"));
    await writeFile(path.join(folder, "run", "output.log"), "error: of yesterday\n");
    const child = await node("console.log('out'); console.error('err'); process.exit(3)");
    assert.deepEqual(await child.ended, { kind: "exited", code: 3, signal: null });
    assert.deepEqual(child.end, { kind: "exited", code: 3, signal: null });
    assert.equal(await outputTail(path.join(folder, "run"), child.outputStart), "out\nerr");
    assert.match(await outputTail(path.join(folder, "run")), /^error: of yesterday/);
  });

  it("that cannot be started ends like any other", async () => {
    const child = await launch(
      { executable: path.join(folder, "no-such-node"), args: [], env: process.env },
      folder,
      path.join(folder, "run"),
    );
    const end = await child.ended;
    assert.equal(end.kind, "spawnError");
    assert.match(end.kind === "spawnError" ? end.message : "", /ENOENT/);
  });

  it("comes after the window where cores are scarce", async () => {
    const { PRIORITY_BELOW_NORMAL } = os.constants.priority;
    const ends = `() => require('node:os').getPriority() >= ${PRIORITY_BELOW_NORMAL} && process.exit(5)`;
    const child = await node(`setInterval(${ends}, 10)`);
    assert.deepEqual(await child.ended, { kind: "exited", code: 5, signal: null });
  });

  it("leads its own group, which is ended as a whole", async () => {
    const child = await node(
      "require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)'], { stdio: 'inherit' }); setInterval(() => {}, 1e3)",
    );
    assert.ok(child.pid !== undefined);
    await killTree(child.pid);
    const end = await child.ended;
    assert.equal(end.kind, "exited");
    const group = -child.pid;
    // The grandchild's remains are init's to clear away.
    while (exists(group)) await sleep(10);
  });

  it("keeps only the end of a flood in memory", async () => {
    const child = await node("process.stdout.write('x'.repeat(1e6) + 'end')");
    await child.ended;
    const tail = await outputTail(path.join(folder, "run"), 0, 100);
    assert.equal(tail.length, 100);
    assert.ok(tail.endsWith("end"));
  });
});
