/** A recipe: an ordinary module with `hyperparameters`, `data` and `createModel`. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TrainingData } from "../data/trainingData";
import type { Hyperparameter } from "../protocol/runManifest";

export interface Recipe {
  /** File name without its ending, or the folder's name for train.ts, index.ts and recipe.ts. */
  name: string;
  /** Absolute. */
  path: string;
  language: "typescript" | "javascript";
  /** The module's own object: a value set here is what `data` and `createModel` see. */
  hyperparameters: Record<string, Hyperparameter>;
  data: () => Promise<TrainingData>;
  /** A compiled model. */
  createModel: () => Promise<LayersModel>;
}

/**
 * Imports a recipe. `@tensorflow/tfjs*` and `trainlens/*` resolve to the runner's own copies.
 *
 * @throws UserError where the file cannot be read, does not parse, throws, or lacks an export.
 */
export function loadRecipe(_path: string): Promise<Recipe> {
  throw new Error("stub");
}
