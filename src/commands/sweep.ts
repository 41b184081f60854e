import * as v from "valibot";
import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import { recipeName } from "../protocol/runFolder";
import type { SweepOptions } from "../runs/sweeps";
import { chooseRecipe } from "./chooseRecipe";
import type { Parts } from "./parts";
import { askSweep } from "./sweepQuestions";

const Options = v.object({
  set: v.record(v.string(), v.string()),
  search: v.optional(v.picklist(["grid", "random"])),
  trials: v.optional(v.number()),
  metric: v.optional(v.string()),
  backend: v.optional(v.string()),
});

/**
 * Trains a recipe with many hyperparameters and shows how they do.
 *
 * @param target the recipe's URI or path; else the recipe in the active editor, else one the user picks.
 * @param options `{ set, search, trials, metric, backend }`; without, the user is asked what to vary.
 * @returns the sweep's folder, undefined where the user chose nothing.
 */
export async function sweep(parts: Parts, target?: unknown, options?: unknown): Promise<string | undefined> {
  requireTrust();
  const chosen = await chooseRecipe(target);
  if (!chosen) return undefined;
  const recipe = chosen.recipe.fsPath;
  const home = chosen.folder.uri.fsPath;
  const wanted = parseOptions(options) ?? (await ask(parts, recipe, home));
  if (!wanted) return undefined;
  const folder = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Beginning the sweep of {0}", recipeName(recipe)),
      cancellable: true,
    },
    (_progress, token) => parts.sweeps.start(recipe, home, wanted, token),
  );
  parts.sweepPanels.open(folder);
  return folder;
}

function parseOptions(options: unknown): SweepOptions | undefined {
  // The explorer passes its selection as a second argument.
  const parsed = v.safeParse(Options, options);
  if (!parsed.success) return undefined;
  const { set, search, trials, metric, backend } = parsed.output;
  return {
    set,
    ...(search === undefined ? {} : { search }),
    ...(trials === undefined ? {} : { trials }),
    ...(metric === undefined ? {} : { metric }),
    ...(backend === undefined ? {} : { backend }),
  };
}

async function ask({ sweeps }: Parts, recipe: string, home: string): Promise<SweepOptions | undefined> {
  const hyperparameters = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Reading the hyperparameters of {0}", recipeName(recipe)),
      cancellable: true,
    },
    (_progress, token) => sweeps.show(recipe, home, token),
  );
  return await askSweep(hyperparameters);
}
