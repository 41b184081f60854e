import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { requireTrust } from "../host/workspace";
import { DEFAULT_BACKGROUND } from "../protocol/rowRange";
import type { ExplainOptions } from "../runs/explainer";
import type { Run } from "../runs/run";
import type { Parts } from "./parts";
import { resolveRun } from "./pickRun";
import { checkBackground, checkSamples, defaultSamples } from "./sampleRange";

const Options = v.object({ samples: v.optional(v.string()), background: v.optional(v.number()) });

/**
 * Explains a run's model and opens the explanation.
 *
 * @param options `{ samples: "0-9", background: 100 }`: what is given is not asked for.
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
  const chosen = await ask(run, options);
  if (!chosen) return undefined;
  const explained = await compute(parts, run, chosen);
  if (!explained) return undefined;
  await parts.runs.update(run);
  const file = run.path(explained.path);
  await vscode.commands.executeCommand("trainlens.openExplanation", vscode.Uri.file(file));
  return file;
}

async function ask(run: Run, options: unknown): Promise<ExplainOptions | undefined> {
  const parsed = v.safeParse(Options, options);
  const given = parsed.success ? parsed.output : {};
  const available = run.explainableSamples;
  const samples =
    given.samples ??
    (await vscode.window.showInputBox({
      // What is typed stays where a panel that loads takes the focus.
      ignoreFocusOut: true,
      title: vscode.l10n.t("Explain {0}: samples", run.manifest.recipe.name),
      prompt:
        available === undefined
          ? vscode.l10n.t("Rows of the test data, counted from 0, as first-last.")
          : vscode.l10n.t("Rows of the test data, from 0 to {0}, as first-last.", available - 1),
      value: defaultSamples(available),
      validateInput: (text) => checkSamples(text, available),
    }));
  if (samples === undefined) return undefined;
  const wrong = checkSamples(samples, available);
  if (wrong) throw new HostError(wrong);
  // Trees carry their own: how many training rows went which way.
  if (run.state.trees && given.background === undefined) return { samples };
  const background =
    given.background ??
    (await vscode.window.showInputBox({
      // What is typed stays where a panel that loads takes the focus.
      ignoreFocusOut: true,
      title: vscode.l10n.t("Explain {0}: background", run.manifest.recipe.name),
      prompt: vscode.l10n.t(
        "How many rows of the training data stand for an average input; more is steadier and slower.",
      ),
      value: String(Math.min(DEFAULT_BACKGROUND, run.state.data?.train ?? DEFAULT_BACKGROUND)),
      validateInput: (text) => checkBackground(text, run.state.data?.train),
    }));
  if (background === undefined) return undefined;
  const wrongBackground = checkBackground(String(background), run.state.data?.train);
  if (wrongBackground) throw new HostError(wrongBackground);
  return { samples, background: Number(background) };
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
