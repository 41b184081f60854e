/** Models on disk in the tfjs layers format: model.json beside its weights. */
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Writes `model.json` and `weights.bin` into a folder, whole or not at all. */
export function saveModel(_model: LayersModel, _folder: string): Promise<void> {
  throw new Error("stub");
}

/**
 * Reads a tfjs layers model. Parsed as data: Lambda layers and weights outside the model's folder are refused.
 *
 * @throws UserError where it is no such model.
 */
export function loadModel(_modelJson: string): Promise<LayersModel> {
  throw new Error("stub");
}
