/** What a sweep is to try: asked one after the other, with proposals. */
import * as vscode from "vscode";
import { type Axis, type AxisProblem, countless, gridPoints, parseAxis } from "../protocol/searchSpace";
import type { ShownHyperparameter } from "../protocol/sweep";
import type { SweepOptions } from "../runs/sweeps";
import { pickOne } from "./pickOne";

/** A grid of more trials than this is not proposed first. */
const LARGE_GRID = 30;

const RANDOM_TRIALS = 20;

/** @returns undefined where the user gives up. */
export async function askSweep(hyperparameters: readonly ShownHyperparameter[]): Promise<SweepOptions | undefined> {
  const varied = await vscode.window.showQuickPick(
    hyperparameters.map((hyperparameter) => ({
      hyperparameter,
      label: hyperparameter.name,
      description: String(hyperparameter.value),
      picked: /rate/i.test(hyperparameter.name) && hyperparameter.proposal !== undefined,
      ...(hyperparameter.proposal === undefined ? {} : { detail: vscode.l10n.t("Try {0}", hyperparameter.proposal) }),
    })),
    {
      canPickMany: true,
      ignoreFocusOut: true,
      title: vscode.l10n.t("Sweep"),
      placeHolder: vscode.l10n.t("Which hyperparameters shall be varied?"),
    },
  );
  if (!varied || varied.length === 0) return undefined;
  const space: Record<string, Axis> = {};
  const set: Record<string, string> = {};
  for (const { hyperparameter } of varied) {
    const text = await askAxis(hyperparameter);
    if (text === undefined) return undefined;
    const axis = parseAxis(text, hyperparameter.value);
    if (typeof axis === "string") return undefined;
    space[hyperparameter.name] = axis;
    set[hyperparameter.name] = text;
  }
  const search = await askSearch(space);
  if (!search) return undefined;
  const metric = await askMetric();
  return metric === undefined ? undefined : { set, ...search, metric };
}

async function askAxis({ name, value, proposal }: ShownHyperparameter): Promise<string | undefined> {
  return await vscode.window.showInputBox({
    title: vscode.l10n.t("Values of {0}", name),
    prompt: vscode.l10n.t(
      "Choices: 0.1, 0.01. A range: 32..256, by decades 0.0001..0.1:log, of four values in a grid 32..256:4.",
    ),
    value: proposal ?? String(value),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const axis = parseAxis(text, value);
      return typeof axis === "string" ? problemText(axis) : undefined;
    },
  });
}

function problemText(problem: AxisProblem): string {
  const texts: Record<AxisProblem, string> = {
    empty: vscode.l10n.t("A value is empty."),
    number: vscode.l10n.t("Each value must be a finite number."),
    boolean: vscode.l10n.t("Each value must be true or false."),
    range: vscode.l10n.t("Only :log and a number of values may follow a range."),
    order: vscode.l10n.t("A range begins with its lower end."),
    logarithm: vscode.l10n.t("A range by decades begins above 0."),
    count: vscode.l10n.t("A grid takes at least 2 values of a range."),
    twice: vscode.l10n.t("A value is given twice."),
  };
  return texts[problem];
}

async function askSearch(space: Record<string, Axis>): Promise<Pick<SweepOptions, "search" | "trials"> | undefined> {
  const possible = countless(space).length === 0;
  const count = possible ? gridPoints(space).length : Infinity;
  const grid = {
    search: "grid" as const,
    label: vscode.l10n.t("Grid"),
    description: vscode.l10n.t("every combination: {0} trials", count),
  };
  const random = {
    search: "random" as const,
    label: vscode.l10n.t("Random"),
    description: vscode.l10n.t("as many trials as you like, drawn at random"),
  };
  const items = !possible ? [random] : count > LARGE_GRID ? [random, grid] : [grid, random];
  const picked = await pickOne(items, {
    placeHolder: vscode.l10n.t("How shall they be searched?"),
  });
  if (!picked) return undefined;
  if (picked.search === "grid") return { search: "grid" };
  const trials = await vscode.window.showInputBox({
    title: vscode.l10n.t("How many trials?"),
    value: String(Math.min(RANDOM_TRIALS, count)),
    ignoreFocusOut: true,
    validateInput: (text) => (/^[1-9]\d*$/.test(text.trim()) ? undefined : vscode.l10n.t("A whole number above 0.")),
  });
  return trials === undefined ? undefined : { search: "random", trials: Number(trials) };
}

async function askMetric(): Promise<string | undefined> {
  const picked = await pickOne(
    [
      { label: "val_loss", description: vscode.l10n.t("the lowest loss on the validation data") },
      {
        label: "val_accuracy",
        description: vscode.l10n.t("the highest accuracy on the validation data, of a classifier"),
      },
    ],
    { placeHolder: vscode.l10n.t("What makes a trial the best?") },
  );
  return picked?.label;
}
