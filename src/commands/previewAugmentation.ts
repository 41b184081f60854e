import type * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import type { Parts } from "./parts";
import { chooseRecipe, saveOpen } from "./train";

/**
 * Shows what a recipe's augmentation makes of its own pictures.
 *
 * @param target the recipe's URI or path; else the recipe in the active editor, else one the user picks.
 * @returns the recipe; undefined where the user chose nothing.
 */
export async function previewAugmentation(parts: Parts, target?: unknown): Promise<vscode.Uri | undefined> {
  requireTrust();
  const recipe = await chooseRecipe(target);
  if (!recipe) return undefined;
  await saveOpen(recipe);
  parts.augmentationPanels.open(recipe);
  return recipe;
}
