import { access } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { formatAgo } from "../host/format";
import { EXPLANATION_VIEW_TYPE } from "../panels/explanationEditor";
import { EXPLANATION_SUFFIX } from "../protocol/runFolder";
import type { ExplanationNode } from "../runs/runTree";
import type { Parts } from "./parts";
import { pickOne } from "./pickOne";

/**
 * Opens an explanation in its editor.
 *
 * @param target a file's URI or path, or the tree's node; else the user picks one of all runs, or any file.
 */
export async function openExplanation(parts: Parts, target?: unknown): Promise<void> {
  const file = asFile(target) ?? (await pick(parts));
  if (!file) return;
  if (file.scheme === "file")
    await access(file.fsPath).catch(() => {
      throw new HostError(vscode.l10n.t("The explanation {0} is gone.", file.fsPath));
    });
  await vscode.commands.executeCommand("vscode.openWith", file, EXPLANATION_VIEW_TYPE);
}

function asFile(target: unknown): vscode.Uri | undefined {
  if (typeof target === "string") return vscode.Uri.file(target);
  if (target instanceof vscode.Uri) return target;
  return isExplanationNode(target) ? vscode.Uri.file(target.run.path(target.explanation.path)) : undefined;
}

function isExplanationNode(target: unknown): target is ExplanationNode {
  return typeof target === "object" && target !== null && "kind" in target && target.kind === "explanation";
}

async function pick({ runs }: Parts): Promise<vscode.Uri | undefined> {
  await runs.refresh();
  const known = runs.all.flatMap((run) =>
    run.state.explanations.map((explanation) => ({
      label: `$(lightbulb) ${explanation.name}`,
      description: run.manifest.recipe.name,
      detail: formatAgo(explanation.time, Date.now()),
      open: async (): Promise<vscode.Uri | undefined> => vscode.Uri.file(run.path(explanation.path)),
    })),
  );
  const browse = { label: `$(folder-opened) ${vscode.l10n.t("Browse…")}`, open: browseFiles };
  const picked = await pickOne([...known, browse], {
    placeHolder: vscode.l10n.t("Which explanation shall be opened?"),
  });
  return await picked?.open();
}

async function browseFiles(): Promise<vscode.Uri | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t("Open Explanation"),
    filters: { [vscode.l10n.t("SHAP explanations")]: [path.extname(EXPLANATION_SUFFIX).slice(1)] },
  });
  return files?.[0];
}
