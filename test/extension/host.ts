/** What the suites inside VS Code share. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { TrainLensApi } from "../../src/extension";
import type { Run } from "../../src/runs/run";

const EXTENSION_ID = "trainlens.trainlens";

/** Commands that a suite has run; the suites are separate bundles, so it stands on the global object. */
const ledger = ((globalThis as { trainlensLedger?: Set<string> }).trainlensLedger ??= new Set<string>());

export function executedCommands(): ReadonlySet<string> {
  return ledger;
}

/** Runs a command of ours as a user or another extension would, and notes that it was tested. */
export async function execute<T>(id: string, ...args: unknown[]): Promise<T> {
  ledger.add(id);
  return await vscode.commands.executeCommand<T>(id, ...args);
}

export function extension(): vscode.Extension<TrainLensApi> {
  const found = vscode.extensions.getExtension<TrainLensApi>(EXTENSION_ID);
  assert.ok(found, `${EXTENSION_ID} is installed`);
  return found;
}

export async function api(): Promise<TrainLensApi> {
  return await extension().activate();
}

/** A root folder of the workspace, which has two. */
export function workspaceFolder(which: 0 | 1 = 0): string {
  const folder = vscode.workspace.workspaceFolders?.[which];
  assert.ok(folder, "the tests run in a workspace of two folders");
  return folder.uri.fsPath;
}

/** Resolves when `ready` holds: looked at after each change of any run, and a few times a second. */
export async function until(ready: () => boolean): Promise<void> {
  const { runs } = await api();
  if (ready()) return;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!ready()) return;
      subscription.dispose();
      clearInterval(timer);
      resolve();
    };
    const subscription = runs.onDidChange(look);
    const timer = setInterval(look, 100);
  });
}

/** Waits for a run's end and says why where it is not the one expected. */
export async function untilEnded(run: Run, expected: Run["status"]): Promise<void> {
  await until(() => !run.isActive);
  const { phase } = run.state;
  const reason = phase.kind === "ended" ? phase.error?.message : undefined;
  assert.equal(run.status, expected, reason);
}

/** The run that a command's answer names. */
export async function runOf(id: string | undefined): Promise<Run> {
  assert.ok(id, "the command gave a run's id");
  const run = (await api()).runs.get(id);
  assert.ok(run, `run ${id} is known`);
  return run;
}

/** A digits recipe of its own for a suite, scaffolded by the extension's own command. */
export async function scaffoldDigits(folder: string, language = "typescript", root: 0 | 1 = 0): Promise<vscode.Uri> {
  const target = path.join(workspaceFolder(root), folder);
  const recipe = await execute<vscode.Uri>("trainlens.newRecipe", { template: "digits", language, folder: target });
  assert.ok(recipe && existsSync(recipe.fsPath), "the recipe was written");
  return recipe;
}

/** Tabs that show a webview or a custom editor of the type. */
export function tabsOf(viewType: string): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input }) =>
      input instanceof vscode.TabInputWebview
        ? input.viewType.endsWith(viewType)
        : input instanceof vscode.TabInputCustom && input.viewType === viewType,
    );
}
