import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { requestStop } from "../runs/stopRun";
import type { Parts } from "./parts";
import { resolveRun } from "./pickRun";

/** Asks a run to save a checkpoint and stop; its process is ended after the grace period. */
export async function stopRun(parts: Parts, argument?: unknown): Promise<void> {
  const run = await resolveRun(parts, argument, {
    placeHolder: vscode.l10n.t("Which run shall stop?"),
    none: vscode.l10n.t("No run is training."),
    filter: (candidate) => candidate.isActive,
  });
  if (!run) return;
  if (!run.isActive) throw new HostError(vscode.l10n.t("{0} is not running.", run.manifest.recipe.name));
  await requestStop(parts.runs, run);
}
