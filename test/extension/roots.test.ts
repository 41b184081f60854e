/** A workspace of two folders: what belongs to which. */
import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { formatEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { RUNS_FOLDER } from "../../src/protocol/runFolder";
import { api, execute, runOf, scaffoldDigits, until, untilEnded, workspaceFolder } from "./host";
import { manifestOf } from "./runFolders";

const ROOTS = [0, 1] as const;

describe("with two root folders", () => {
  it("the runs of both are listed, and found when they come later", async () => {
    const { runs } = await api();
    const folders = ROOTS.map((root) => path.join(workspaceFolder(root), RUNS_FOLDER, `roots-${root}`));
    try {
      for (const folder of folders) {
        await mkdir(folder, { recursive: true });
        await writeFile(path.join(folder, "events.jsonl"), formatEventLine(stamp({ type: "ended", outcome: "done" })));
        await writeFile(path.join(folder, "run.json"), JSON.stringify(manifestOf(path.basename(folder))));
      }
      // Nobody refreshes: the folders are watched.
      await until(() => ROOTS.every((root) => runs.get(`roots-${root}`)?.status === "done"));
      for (const root of ROOTS) assert.equal(runs.get(`roots-${root}`)?.folder, folders[root]);
    } finally {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    }
    await until(() => ROOTS.every((root) => runs.get(`roots-${root}`) === undefined));
  });

  it("a recipe trains in its own, with the settings of that one", async () => {
    const settings = (root: 0 | 1): vscode.WorkspaceConfiguration =>
      vscode.workspace.getConfiguration("trainlens", vscode.Uri.file(workspaceFolder(root)));
    const backends = ["wasm", "auto"];
    try {
      for (const root of ROOTS)
        await settings(root).update("backend", backends[root], vscode.ConfigurationTarget.WorkspaceFolder);
      for (const root of ROOTS) {
        const recipe = await scaffoldDigits("rooted", "javascript", root);
        const run = await runOf(await execute<string>("trainlens.train", recipe, { set: { epochs: 1 } }));
        assert.equal(path.dirname(run.folder), path.join(workspaceFolder(root), ...RUNS_FOLDER.split("/")));
        assert.equal(run.manifest.backendAsked, backends[root]);
        await execute("trainlens.deleteRun", run.id, { confirmed: true });
        assert.ok(!run.isActive);
      }
    } finally {
      for (const root of ROOTS)
        await settings(root).update("backend", undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    }
  });

  it("a run is repeated where it was, on the Node of that folder's settings", async () => {
    const recipe = await scaffoldDigits("rooted-again", "javascript", 1);
    const settings = vscode.workspace.getConfiguration("trainlens", recipe);
    const first = await runOf(
      await execute<string>("trainlens.train", recipe, { set: { epochs: 1 }, backend: "wasm" }),
    );
    await untilEnded(first, "done");
    const again = await runOf(await execute<string>("trainlens.rerunRun", first.id));
    assert.equal(path.dirname(again.folder), path.dirname(first.folder));
    await untilEnded(again, "done");
    await settings.update("nodePath", "/no/such/node", vscode.ConfigurationTarget.WorkspaceFolder);
    try {
      assert.equal(await execute("trainlens.rerunRun", first.id), undefined, "there is no such Node");
    } finally {
      await settings.update("nodePath", undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    }
    for (const run of [first, again]) await execute("trainlens.deleteRun", run.id, { confirmed: true });
  });
});
