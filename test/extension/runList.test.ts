/** The list of runs over folders that a test writes, in a list of its own beside the extension's. */
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { ownStartTime } from "../../src/processes";
import { type NewRunEvent, formatEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { RUNS_FOLDER } from "../../src/protocol/runFolder";
import { Runs } from "../../src/runs/runs";
import { workspaceFolder } from "./host";
import { manifestOf } from "./runFolders";

describe("the list of runs", () => {
  let log: vscode.LogOutputChannel;
  let runs: Runs;
  let folder: string;

  before(() => (log = vscode.window.createOutputChannel("TrainLens test", { log: true })));
  after(() => log.dispose());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-list-"));
    runs = new Runs(log);
  });
  afterEach(async () => {
    runs.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const writeRun = async (at: string): Promise<void> => {
    await mkdir(at, { recursive: true });
    await writeFile(path.join(at, "run.json"), JSON.stringify(manifestOf(path.basename(at))));
  };
  const append = (at: string, event: NewRunEvent): Promise<void> =>
    appendFile(path.join(at, "events.jsonl"), formatEventLine(stamp(event)));
  const started: NewRunEvent = {
    type: "started",
    pid: process.pid,
    processStartedAt: ownStartTime(),
    host: os.hostname(),
  };

  it("tells of an end once for each time that a run was active, however many look at once", async () => {
    await writeRun(folder);
    await append(folder, started);
    const run = await runs.adopt(folder);
    assert.ok(run);
    let ends = 0;
    runs.onDidEnd(() => ends++);
    for (const expected of [1, 2]) {
      await runs.update(run);
      assert.ok(run.isActive);
      await append(folder, { type: "ended", outcome: "stopped" });
      await Promise.all([runs.update(run), runs.update(run), runs.update(run)]);
      await runs.update(run);
      assert.equal(run.status, "stopped");
      assert.equal(ends, expected);
      await append(folder, started);
    }
  });

  it("shows the others where one folder cannot be read, and it too once it can", async () => {
    // Newest first: the broken one stands between the two.
    const [older, broken, newer] = ["list-1", "list-2", "list-3"].map((id) =>
      path.join(workspaceFolder(), RUNS_FOLDER, id),
    );
    try {
      for (const at of [older, broken, newer]) await writeRun(at);
      for (const at of [older, newer]) await append(at, { type: "ended", outcome: "done" });
      await mkdir(path.join(broken, "events.jsonl"));
      await runs.refresh();
      for (const id of ["list-1", "list-3"]) assert.equal(runs.get(id)?.status, "done", id);
      const run = runs.get("list-2");
      assert.equal(run?.loaded, false);
      assert.match(run.problem ?? "", /EISDIR/);
      await rm(path.join(broken, "events.jsonl"), { recursive: true });
      await append(broken, { type: "ended", outcome: "done" });
      await runs.refresh();
      assert.equal(run.status, "done");
      assert.equal(run.problem, undefined);
    } finally {
      for (const at of [older, broken, newer]) await rm(at, { recursive: true, force: true });
    }
  });
});
