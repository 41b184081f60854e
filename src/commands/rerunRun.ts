import * as v from "valibot";
import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import { Hyperparameter } from "../protocol/runManifest";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

const Options = v.object({ set: v.record(v.string(), Hyperparameter) });

/**
 * Repeats a run: the same recipe, hyperparameters, seed and backend in a new run.
 *
 * @param options `{ set }`, hyperparameters that are to be others.
 * @returns the new run's id.
 */
export async function rerunRun(parts: Parts, argument?: unknown, options?: unknown): Promise<string | undefined> {
  requireTrust();
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Which run shall be repeated?")));
  if (!run) return undefined;
  // The tree passes its selection as a second argument.
  const parsed = v.safeParse(Options, options);
  const set = parsed.success ? parsed.output.set : {};
  const repeated = await parts.notifications.begin(run.manifest.recipe.name, (token) =>
    parts.trainer.rerun(run, token, set),
  );
  parts.panels.open(repeated);
  return repeated.id;
}
