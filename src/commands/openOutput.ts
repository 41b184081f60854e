import { access } from "node:fs/promises";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { RUN_FILES } from "../protocol/runFolder";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

/** Opens what a run's process has printed. */
export async function openOutput(parts: Parts, argument?: unknown): Promise<void> {
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Whose output shall be shown?")));
  if (!run) return;
  const file = run.path(RUN_FILES.output);
  await access(file).catch(() => {
    throw new HostError(
      vscode.l10n.t("{0} has no output.", run.manifest.recipe.name),
      vscode.l10n.t("A run that was begun in a terminal prints there."),
    );
  });
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}
