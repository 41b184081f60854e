/** The usual slips in a model and its data that train without complaint. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { learningPretrained } from "../../models/pretrained";
import type { DataReport } from "../../protocol/dataReport";
import type { RecipeProblem } from "../../protocol/recipeCheck";

/** tfjs's losses that take logits: the function's own name, or in the source of one of the recipe's. */
const LOGITS = /\b(softmaxCrossEntropy|sigmoidCrossEntropy)/;

/** What each of tfjs's losses of probabilities is the loss of. */
const PROBABILITIES: Readonly<Record<string, "softmax" | "sigmoid">> = {
  categoricalCrossentropy: "softmax",
  sparseCategoricalCrossentropy: "softmax",
  binaryCrossentropy: "sigmoid",
};

/** Activations whose values lie between 0 and 1. */
const BOUNDED = ["softmax", "sigmoid", "hardSigmoid"];

/** @param model compiled. */
export function modelProblems(model: LayersModel): RecipeProblem[] {
  const layers = learningPretrained(model).length;
  return [...outputProblems(model), ...(layers > 0 ? [{ kind: "baseNotFrozen", layers } as const] : [])];
}

export function dataProblems({ duplicates = 0 }: DataReport): RecipeProblem[] {
  return duplicates > 0 ? [{ kind: "duplicates", count: duplicates }] : [];
}

/** Of the last activation and the loss. */
function outputProblems(model: LayersModel): RecipeProblem[] {
  const activation = lastActivation(model);
  if (activation === undefined) return [];
  if (activation === "softmax" && model.outputs[0].shape.at(-1) === 1) return [{ kind: "softmaxOfOne" }];
  const { loss } = model;
  if (typeof loss === "function") {
    const [, name] = LOGITS.exec(`${loss.name} ${String(loss)}`) ?? [];
    const twice = name !== undefined && BOUNDED.includes(activation);
    return twice ? [{ kind: "lossFromLogits", loss: name, activation }] : [];
  }
  if (typeof loss !== "string" || !Object.hasOwn(PROBABILITIES, loss) || BOUNDED.includes(activation)) return [];
  return [{ kind: "lossFromProbabilities", loss, activation, wanted: PROBABILITIES[loss] }];
}

/** Of the layer that gives the output; undefined where it has none that is known. */
function lastActivation(model: LayersModel): string | undefined {
  const layer = model.outputs[0].sourceLayer;
  if ("layers" in layer) return lastActivation(layer as LayersModel);
  const config = layer.getConfig();
  if (layer.getClassName() === "Softmax") return "softmax";
  return typeof config["activation"] === "string" ? config["activation"] : undefined;
}
