import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { readSettings } from "../host/settings";
import type { Run } from "../runs/run";
import { requestStop } from "../runs/stopRun";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

const Options = v.object({ confirmed: v.boolean() });

/** Beyond the grace period, for the process that was ended to be gone, ms. */
const AFTER_GRACE = 5000;

/**
 * Deletes a run's folder: to the trash where there is one. An active run is stopped first.
 *
 * @param options `{ confirmed: true }` where the caller has asked already.
 * @returns whether the run was deleted.
 */
export async function deleteRun(parts: Parts, argument?: unknown, options?: unknown): Promise<boolean> {
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Which run shall be deleted?")));
  if (!run) return false;
  const given = v.safeParse(Options, options);
  if (!(given.success && given.output.confirmed) && !(await confirm(run))) return false;
  if (run.isActive) await stopFirst(parts, run);
  const folder = vscode.Uri.file(run.folder);
  try {
    await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: true });
  } catch (error) {
    parts.log.info(`No trash for ${run.folder} (${String(error)}): deleting it for good.`);
    await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: false });
  }
  parts.runs.forget(run);
  return true;
}

async function confirm(run: Run): Promise<boolean> {
  const name = run.manifest.recipe.name;
  const yes = run.isActive ? vscode.l10n.t("Stop and Delete") : vscode.l10n.t("Delete");
  const answer = await vscode.window.showWarningMessage(
    run.isActive
      ? vscode.l10n.t("{0} is still training. Stop it and delete the run?", name)
      : vscode.l10n.t("Delete this run of {0}?", name),
    {
      modal: true,
      detail: vscode.l10n.t(
        "Its model, its checkpoint and its explanations go with it, to the trash where the system has one: {0}",
        run.folder,
      ),
    },
    yes,
  );
  return answer === yes;
}

async function stopFirst(parts: Parts, run: Run): Promise<void> {
  await requestStop(parts.runs, run);
  const patience = readSettings(vscode.Uri.file(run.folder)).stopGracePeriod * 1000 + AFTER_GRACE;
  const until = Date.now() + patience;
  while (run.isActive && Date.now() < until) {
    await sleep(100);
    await parts.runs.update(run);
  }
  if (run.isActive)
    throw new HostError(
      vscode.l10n.t("{0} does not stop, so it was not deleted.", run.manifest.recipe.name),
      vscode.l10n.t("End its process, then delete it."),
    );
}
