import * as vscode from "vscode";
import { RUN_FILES } from "../protocol/runFolder";
import type { Parts } from "./parts";
import { anyRun, resolveRun } from "./pickRun";

/** Shows a run's files: in the system's file manager on a desktop, else in the explorer. */
export async function revealRun(parts: Parts, argument?: unknown): Promise<void> {
  const run = await resolveRun(parts, argument, anyRun(vscode.l10n.t("Whose files shall be shown?")));
  if (!run) return;
  const onThisDesktop = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  await vscode.commands.executeCommand(
    onThisDesktop ? "revealFileInOS" : "revealInExplorer",
    vscode.Uri.file(run.path(RUN_FILES.manifest)),
  );
}
