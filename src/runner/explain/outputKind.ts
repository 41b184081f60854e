import { LayersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { ExplanationMeta } from "../../protocol/explanation";

/** What a model's outputs are, by its last activation. Classes without one are logits. */
export function outputKind(model: LayersModel, classifies: boolean): NonNullable<ExplanationMeta["outputKind"]> {
  const last = lastActivation(model.outputs[0]);
  if (last === "softmax" || last === "sigmoid" || last === "hardSigmoid") return "probability";
  return last === "linear" && classifies ? "logit" : "raw";
}

/** What has no activation of its own passes on that of the layer before it. */
const PASSES_ON = new Set(["Flatten", "Reshape", "Permute", "Dropout"]);

function lastActivation({ sourceLayer, inputs }: SymbolicTensor): string {
  if (sourceLayer instanceof LayersModel) return lastActivation(sourceLayer.outputs[0]);
  const className = sourceLayer.getClassName();
  if (className === "Softmax") return "softmax";
  if (PASSES_ON.has(className)) return lastActivation(inputs[0]);
  const { activation } = sourceLayer.getConfig();
  return typeof activation === "string" ? activation : "none";
}
