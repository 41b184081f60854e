/** What explaining a run takes to know: asked one after the other, with proposals. */
import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { METHOD_NAMES, type MethodName, fittingMethods } from "../protocol/explainMethods";
import { DEFAULT_BACKGROUND } from "../protocol/rowRange";
import type { ExplainOptions } from "../runs/explainer";
import type { Run } from "../runs/run";
import { pickOne } from "./pickOne";
import { checkBackground, checkSamples, defaultSamples } from "./sampleRange";

const Options = v.object({
  samples: v.optional(v.string()),
  background: v.optional(v.number()),
  method: v.optional(v.picklist(METHOD_NAMES)),
  judge: v.optional(v.boolean()),
});
type Given = v.InferOutput<typeof Options>;

/**
 * @param options what is given is not asked for. Where samples and background are, nothing is: the method is then the
 *   recommended one, and judges are left out.
 * @returns undefined where the user gives up.
 */
export async function askExplanation(run: Run, options: unknown): Promise<ExplainOptions | undefined> {
  const parsed = v.safeParse(Options, options);
  const given = parsed.success ? parsed.output : {};
  const samples = await askSamples(run, given);
  if (samples === undefined) return undefined;
  // Trees carry their own: how many training rows went which way.
  const background = run.state.trees && given.background === undefined ? "own" : await askBackground(run, given);
  if (background === undefined) return undefined;
  const quiet = given.samples !== undefined && (given.background !== undefined || background === "own");
  const method = given.method ?? (quiet ? fittingMethods(run.state)[0] : await askMethod(run));
  if (method === undefined) return undefined;
  const judge = given.judge ?? (quiet || run.state.trees ? false : await askJudge(run));
  if (judge === undefined) return undefined;
  return { samples, method, judge, ...(background === "own" ? {} : { background }) };
}

async function askSamples(run: Run, given: Given): Promise<string | undefined> {
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
  return samples;
}

async function askBackground(run: Run, given: Given): Promise<number | undefined> {
  const available = run.state.data?.train;
  const background =
    given.background ??
    (await vscode.window.showInputBox({
      ignoreFocusOut: true,
      title: vscode.l10n.t("Explain {0}: background", run.manifest.recipe.name),
      prompt: vscode.l10n.t(
        "How many rows of the training data stand for an average input; more is steadier and slower.",
      ),
      value: String(Math.min(DEFAULT_BACKGROUND, available ?? DEFAULT_BACKGROUND)),
      validateInput: (text) => checkBackground(text, available),
    }));
  if (background === undefined) return undefined;
  const wrong = checkBackground(String(background), available);
  if (wrong) throw new HostError(wrong);
  return Number(background);
}

/** Methods that do not fit the model are left out; where one does, it is not asked. */
async function askMethod(run: Run): Promise<MethodName | undefined> {
  const methods = fittingMethods(run.state);
  if (methods.length === 1) return methods[0];
  const chosen = await pickOne(
    methods.map((method, i) => ({
      method,
      label: method,
      ...(i === 0 ? { description: vscode.l10n.t("recommended") } : {}),
      detail: methodText(method),
    })),
    {
      title: vscode.l10n.t("Explain {0}: method", run.manifest.recipe.name),
      placeHolder: vscode.l10n.t("How shall SHAP values be computed?"),
      matchOnDetail: true,
    },
  );
  return chosen?.method;
}

function methodText(method: MethodName): string {
  const texts: Record<MethodName, string> = {
    deep: vscode.l10n.t("DeepLIFT layer by layer: exact sums, fast"),
    gradient: vscode.l10n.t("Expected gradients at random points: fast, sums are approximate"),
    "integrated-gradients": vscode.l10n.t("Gradients on the way from the average input: fast"),
    kernel: vscode.l10n.t("A regression over coalitions: any model, slow for many features"),
    permutation: vscode.l10n.t("Random orders of the features: any model, slow for many features"),
    exact: vscode.l10n.t("Every coalition: the definition itself, for at most 16 features"),
    sampling: vscode.l10n.t("Random orders, one feature at a time: any model, slow"),
    partition: vscode.l10n.t("Groups of features, halved again and again: any model, pictures by region"),
    occlusion: vscode.l10n.t("What hiding each feature takes away: simple, no Shapley values"),
    lime: vscode.l10n.t("A linear model near each sample (LIME): no Shapley values"),
    linear: vscode.l10n.t("Coefficients of a linear model, of its logits"),
    tree: vscode.l10n.t("Along the branches of the trees: exact"),
  };
  return texts[method];
}

async function askJudge(run: Run): Promise<boolean | undefined> {
  const chosen = await pickOne(
    [
      { judge: false, label: vscode.l10n.t("Explain only") },
      {
        judge: true,
        label: vscode.l10n.t("Explain and judge"),
        detail: vscode.l10n.t(
          "Also scores how far the values can be trusted, with an interval for each: takes many times as long",
        ),
      },
    ],
    {
      title: vscode.l10n.t("Explain {0}: judges", run.manifest.recipe.name),
      placeHolder: vscode.l10n.t("Shall the explanation be scored?"),
    },
  );
  return chosen?.judge;
}
