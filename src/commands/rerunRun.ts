import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

/** Repeats a run: the same recipe, hyperparameters, seed and backend in a new run. Returns the new one's id. */
export async function rerunRun(parts: Parts, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Which run shall be repeated?")));
  if (!run) return undefined;
  const repeated = await parts.notifications.begin(run.manifest.recipe.name, (token) =>
    parts.trainer.rerun(run, token),
  );
  parts.panels.open(repeated);
  return repeated.id;
}
