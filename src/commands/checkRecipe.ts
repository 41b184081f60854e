import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import type { RecipeCheck } from "../protocol/recipeCheck";
import { chooseRecipe } from "./chooseRecipe";
import type { Parts } from "./parts";

/**
 * Builds a recipe's data and model without training, and says what would go wrong.
 *
 * @param argument the recipe's URI, as Train takes it.
 * @returns what was found; undefined where the user cancelled.
 */
export async function checkRecipe({ diagnostics }: Parts, argument?: unknown): Promise<RecipeCheck | undefined> {
  requireTrust();
  const chosen = await chooseRecipe(argument);
  if (!chosen) return undefined;
  const found = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Checking the recipe") },
    () => diagnostics.check(chosen.recipe),
  );
  if (!found) return undefined;
  if (found.problems.length > 0) await vscode.commands.executeCommand("workbench.actions.view.problems");
  else void vscode.window.showInformationMessage(vscode.l10n.t("No problem was found in the recipe's data and model."));
  return found;
}
