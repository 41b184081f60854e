import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { requireTrust } from "../host/workspace";
import type { ExplainOptions } from "../runs/explainer";
import type { Run } from "../runs/run";
import { askExplanation } from "./explainQuestions";
import type { Parts } from "./parts";
import { resolveRun } from "./pickRun";

/**
 * Explains a run's model and opens the explanation.
 *
 * @param options `{ samples: "0-9", background: 100, method: "deep", judge: false }`: what is given is not asked for.
 * @returns the path of the file; undefined where the user cancelled.
 */
export async function explainRun(parts: Parts, argument?: unknown, options?: unknown): Promise<string | undefined> {
  requireTrust();
  const run = await resolveRun(parts, argument, {
    placeHolder: vscode.l10n.t("Which run shall be explained?"),
    none: vscode.l10n.t("No run has a trained model yet."),
    filter: (candidate) => candidate.canExplain,
  });
  if (!run) return undefined;
  if (!run.canExplain)
    throw new HostError(
      vscode.l10n.t("{0} has no model to explain.", run.manifest.recipe.name),
      run.isActive
        ? vscode.l10n.t("Wait until its training is done.")
        : vscode.l10n.t("Train it to its end: resume it, or rerun it."),
    );
  const chosen = await askExplanation(run, options);
  if (!chosen) return undefined;
  const explained = await compute(parts, run, chosen);
  if (!explained) return undefined;
  await parts.runs.update(run);
  const file = run.path(explained.path);
  await vscode.commands.executeCommand("trainlens.openExplanation", vscode.Uri.file(file));
  return file;
}

function compute(parts: Parts, run: Run, options: ExplainOptions): ReturnType<Parts["explainer"]["explain"]> {
  return Promise.resolve(
    vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Explaining {0}", run.manifest.recipe.name),
        cancellable: true,
      },
      (progress, token) => {
        let reported = 0;
        return parts.explainer.explain(
          run,
          options,
          ({ fraction, message }) => {
            const percent = 100 * fraction;
            progress.report({
              increment: Math.max(0, percent - reported),
              ...(message === undefined ? {} : { message }),
            });
            reported = Math.max(reported, percent);
          },
          token,
        );
      },
    ),
  );
}
