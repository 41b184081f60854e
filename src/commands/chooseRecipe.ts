/** Which recipe a command is about. */
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { RECIPE_FILE, looksLikeRecipe } from "../host/recipeText";
import { chooseFolder, requireFolder } from "../host/workspace";
import { pickOne } from "./pickOne";

/** How many files are looked into for recipes. */
const SEARCH_LIMIT = 500;

/**
 * The recipe of a URI or path, else the one in the active editor, else one the user picks; saved, and with the folder
 * that keeps its runs. Undefined where the user chooses nothing.
 *
 * @throws HostError where there is no recipe, or it cannot be saved.
 */
export async function chooseRecipe(
  target: unknown,
): Promise<{ recipe: vscode.Uri; folder: vscode.WorkspaceFolder } | undefined> {
  const recipe = asFile(target) ?? (await activeRecipe()) ?? (await pickRecipe());
  const folder = recipe && (await chooseFolder(recipe));
  if (!folder) return undefined;
  await saveOpen(recipe);
  return { recipe, folder };
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
      vscode.l10n.t("A recipe is a module that imports @tensorflow/tfjs or trainlens/models and exports createModel."),
      [{ label: vscode.l10n.t("New Recipe"), run: () => vscode.commands.executeCommand("trainlens.newRecipe") }],
    );
  const picked = await pickOne(
    recipes.map((uri) => ({ uri, label: vscode.workspace.asRelativePath(uri) })),
    { placeHolder: vscode.l10n.t("Which recipe?") },
  );
  return picked?.uri;
}

/** What runs is what the user sees. */
async function saveOpen(recipe: vscode.Uri): Promise<void> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === recipe.toString());
  if (document?.isDirty && !(await document.save()))
    throw new HostError(
      vscode.l10n.t("{0} cannot be saved.", recipe.fsPath),
      vscode.l10n.t("Save it, then try again."),
    );
}
