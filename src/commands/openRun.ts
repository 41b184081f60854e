import * as vscode from "vscode";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

/** Opens a run's Training panel. */
export async function openRun(parts: Parts, argument?: unknown): Promise<void> {
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Which run shall be shown?")));
  if (run) parts.panels.open(run);
}
