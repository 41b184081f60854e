import { readFile } from "node:fs/promises";
import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { RECIPE_FILE, looksLikeRecipe } from "../host/recipeText";
import { chooseFolder, requireFolder, requireTrust } from "../host/workspace";
import { recipeName } from "../protocol/runFolder";
import { Hyperparameter } from "../protocol/runManifest";
import type { TrainOptions } from "../runs/trainer";
import type { Parts } from "./parts";

const Options = v.object({
  set: v.optional(v.record(v.string(), Hyperparameter)),
  seed: v.optional(v.number()),
  backend: v.optional(v.string()),
});

/** How many files are looked into for recipes. */
const SEARCH_LIMIT = 500;

/**
 * Trains a recipe and shows it.
 *
 * @param target the recipe's URI or path; else the recipe in the active editor, else one the user picks.
 * @param options `{ set, seed, backend }`.
 * @returns the run's id, undefined where the user chose nothing.
 */
export async function train(parts: Parts, target?: unknown, options?: unknown): Promise<string | undefined> {
  requireTrust();
  const recipe = await chooseRecipe(target);
  if (!recipe) return undefined;
  const folder = await chooseFolder(recipe);
  if (!folder) return undefined;
  await saveOpen(recipe);
  const run = await parts.notifications.begin(recipeName(recipe.fsPath), (token) =>
    parts.trainer.start(recipe.fsPath, folder.uri.fsPath, parseOptions(options), token),
  );
  parts.panels.open(run, vscode.ViewColumn.Beside);
  return run.id;
}

/** The recipe that a caller names; else the one in the active editor, else one the user picks. */
export async function chooseRecipe(target: unknown): Promise<vscode.Uri | undefined> {
  return asFile(target) ?? (await activeRecipe()) ?? (await pickRecipe());
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

/** A URI or an absolute path as a file; undefined for anything else. */
function asFile(target: unknown): vscode.Uri | undefined {
  const uri = typeof target === "string" ? vscode.Uri.file(target) : target;
  return uri instanceof vscode.Uri && uri.scheme === "file" ? uri : undefined;
}

async function activeRecipe(): Promise<vscode.Uri | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.uri.scheme !== "file" || !RECIPE_FILE.test(document.uri.path)) return undefined;
  return looksLikeRecipe(document.getText()) ? document.uri : undefined;
}

async function pickRecipe(): Promise<vscode.Uri | undefined> {
  requireFolder();
  const files = await vscode.workspace.findFiles(
    "**/*.{ts,js,mts,mjs,cts,cjs}",
    "**/{node_modules,.trainlens}/**",
    SEARCH_LIMIT,
  );
  const recipes: vscode.Uri[] = [];
  for (const file of files)
    if (file.scheme === "file" && looksLikeRecipe(await readFile(file.fsPath, "utf8"))) recipes.push(file);
  if (recipes.length === 0)
    throw new HostError(
      vscode.l10n.t("There is no recipe in this workspace."),
      vscode.l10n.t("A recipe is a module that imports @tensorflow/tfjs and exports createModel."),
      [{ label: vscode.l10n.t("New Recipe"), run: () => vscode.commands.executeCommand("trainlens.newRecipe") }],
    );
  const picked = await vscode.window.showQuickPick(
    recipes.map((uri) => ({ uri, label: vscode.workspace.asRelativePath(uri) })),
    { placeHolder: vscode.l10n.t("Which recipe?") },
  );
  return picked?.uri;
}

/** What runs is what the user sees. */
export async function saveOpen(recipe: vscode.Uri): Promise<void> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === recipe.toString());
  if (document?.isDirty && !(await document.save()))
    throw new HostError(
      vscode.l10n.t("{0} cannot be saved.", recipe.fsPath),
      vscode.l10n.t("Save it, then try again."),
    );
}
