/** What is asked before something is lost, and that only a yes is a yes. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ownStartTime } from "../../src/processes";
import { type NewRunEvent, formatEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { RUNS_FOLDER } from "../../src/protocol/runFolder";
import { answering } from "./answers";
import { api, execute, scaffoldDigits, until, workspaceFolder } from "./host";
import { manifestOf } from "./runFolders";

describe("before a run is deleted", () => {
  let folder: string;

  const writeRun = async (event: NewRunEvent): Promise<void> => {
    folder = path.join(workspaceFolder(), RUNS_FOLDER, "dialogs");
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "events.jsonl"), formatEventLine(stamp(event)));
    await writeFile(path.join(folder, "run.json"), JSON.stringify(manifestOf("dialogs")));
    const { runs } = await api();
    await runs.refresh();
    await until(() => runs.get("dialogs")?.loaded === true);
  };
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await (await api()).runs.refresh();
  });

  it("the user is asked, and keeps it with Cancel", async () => {
    await writeRun({ type: "ended", outcome: "done" });
    let deleted: unknown;
    const [question, ...more] = await answering(
      () => undefined,
      async () => (deleted = await execute("trainlens.deleteRun", "dialogs")),
    );
    assert.equal(deleted, false);
    assert.ok(existsSync(path.join(folder, "run.json")));
    assert.ok((await api()).runs.get("dialogs"));
    assert.equal(more.length, 0);
    assert.equal(question.message, "Delete this run of dialogs?");
    assert.equal(question.options.modal, true);
    assert.ok(question.options.detail?.includes(folder));
    assert.deepEqual(question.items, ["Delete"]);
  });

  it("the user is asked, and loses it with Delete", async () => {
    await writeRun({ type: "ended", outcome: "done" });
    let deleted: unknown;
    await answering(
      () => "Delete",
      async () => (deleted = await execute("trainlens.deleteRun", "dialogs")),
    );
    assert.equal(deleted, true);
    assert.ok(!existsSync(folder));
    assert.equal((await api()).runs.get("dialogs"), undefined);
  });

  it("the user is told that it still trains, and does not stop it with Cancel", async () => {
    // The process of the events is this one, which is not asked to stop.
    await writeRun({ type: "started", pid: process.pid, processStartedAt: ownStartTime(), host: os.hostname() });
    const [question] = await answering(
      () => undefined,
      async () => await execute("trainlens.deleteRun", "dialogs"),
    );
    assert.equal(question.message, "dialogs is still training. Stop it and delete the run?");
    assert.deepEqual(question.items, ["Stop and Delete"]);
    assert.ok(!existsSync(path.join(folder, "stop")));
    assert.equal((await api()).runs.get("dialogs")?.isActive, true);
  });
});

describe("before a recipe's files are replaced", () => {
  it("the user is asked, and keeps them with Cancel", async () => {
    const recipe = await scaffoldDigits("asked");
    writeFileSync(recipe.fsPath, "// mine\n");
    const request = { template: "digits", language: "typescript", folder: path.dirname(recipe.fsPath) };
    let written: unknown;
    const create = async (): Promise<void> => void (written = await execute("trainlens.newRecipe", request));
    const [question] = await answering(() => undefined, create);
    assert.ok(question.options.modal && question.options.detail?.includes("train.ts"));
    assert.equal(written, undefined);
    assert.equal(readFileSync(recipe.fsPath, "utf8"), "// mine\n");
    await answering(() => "Replace", create);
    assert.ok(written);
    assert.notEqual(readFileSync(recipe.fsPath, "utf8"), "// mine\n");
  });
});
