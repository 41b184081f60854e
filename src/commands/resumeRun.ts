import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import type { Parts } from "./parts";
import { resolveRun } from "./pickRun";

/** Goes on with a run from its checkpoint, and shows it. Returns its id. */
export async function resumeRun(parts: Parts, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const run = await resolveRun(parts, argument, {
    placeHolder: vscode.l10n.t("Which run shall go on?"),
    none: vscode.l10n.t("No run has a checkpoint to go on from."),
    filter: (candidate) => candidate.canResume,
  });
  if (!run) return undefined;
  await parts.notifications.begin(run.manifest.recipe.name, (token) => parts.trainer.resume(run, token));
  parts.panels.open(run);
  return run.id;
}
