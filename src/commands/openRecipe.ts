import { access } from "node:fs/promises";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

/** Opens the recipe that a run trained. */
export async function openRecipe(parts: Parts, argument?: unknown): Promise<void> {
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Whose recipe shall be opened?")));
  if (!run) return;
  const { path } = run.manifest.recipe;
  await access(path).catch(() => {
    throw new HostError(vscode.l10n.t("The recipe {0} is gone.", path));
  });
  await vscode.window.showTextDocument(vscode.Uri.file(path));
}
