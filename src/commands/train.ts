import * as v from "valibot";
import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import { recipeName } from "../protocol/runFolder";
import { Hyperparameter } from "../protocol/runManifest";
import type { TrainOptions } from "../runs/trainer";
import type { Parts } from "./parts";
import { chooseRecipe } from "./chooseRecipe";

const Options = v.object({
  set: v.optional(v.record(v.string(), Hyperparameter)),
  seed: v.optional(v.number()),
  backend: v.optional(v.string()),
});

/**
 * Trains a recipe and shows it.
 *
 * @param target the recipe's URI or path; else the recipe in the active editor, else one the user picks.
 * @param options `{ set, seed, backend }`.
 * @returns the run's id, undefined where the user chose nothing.
 */
export async function train(parts: Parts, target?: unknown, options?: unknown): Promise<string | undefined> {
  requireTrust();
  const chosen = await chooseRecipe(target);
  if (!chosen) return undefined;
  const { recipe, folder } = chosen;
  const run = await parts.notifications.begin(recipeName(recipe.fsPath), (token) =>
    parts.trainer.start(recipe.fsPath, folder.uri.fsPath, parseOptions(options), token),
  );
  parts.panels.open(run, vscode.ViewColumn.Beside);
  return run.id;
}

function parseOptions(options: unknown): TrainOptions {
  // The explorer passes its selection as a second argument.
  const parsed = v.safeParse(Options, options);
  if (!parsed.success) return {};
  const { set, seed, backend } = parsed.output;
  return {
    ...(set === undefined ? {} : { set }),
    ...(seed === undefined ? {} : { seed }),
    ...(backend === undefined ? {} : { backend }),
  };
}
