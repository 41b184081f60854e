import type * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import { chooseRecipe } from "./chooseRecipe";
import type { Parts } from "./parts";

/**
 * Shows what a recipe's augmentation makes of its own pictures.
 *
 * @param target the recipe's URI or path; else the recipe in the active editor, else one the user picks.
 * @returns the recipe; undefined where the user chose nothing.
 */
export async function previewAugmentation(parts: Parts, target?: unknown): Promise<vscode.Uri | undefined> {
  requireTrust();
  const chosen = await chooseRecipe(target);
  if (!chosen) return undefined;
  parts.augmentationPanels.open(chosen.recipe);
  return chosen.recipe;
}
