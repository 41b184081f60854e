/** What `explain` explains: a model of layers, or one that only answers. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ExplanationMeta } from "../../protocol/explanation";
import { type Predictor, modelPredictor, readWeights } from "../../shap";
import { UserError } from "../errors";
import { isKerasFile, loadModel, modelOfLayers, readModelJson } from "../modelFiles";
import { graphExplainable } from "./graphModel";
import { outputKind } from "./outputKind";

export interface Explainable {
  /** With the batch axis; null where any size fits. */
  inputShape: readonly (number | null)[];
  predictor: Predictor;
  /** Where it has layers: methods that look into a model take these. */
  layers?: LayersModel;
  /** @param classifies whether what it learned are classes. */
  outputKind: (classifies: boolean) => NonNullable<ExplanationMeta["outputKind"]>;
  dispose: () => void;
}

/**
 * The model of a file: a model.json of layers or of a graph, or a file of Keras.
 *
 * @param rows the shape of what is to be explained, [n, ...features]: a graph may leave its own open.
 * @throws UserError where it is no model, or has several inputs or outputs.
 */
export async function loadExplainable(file: string, rows: readonly number[]): Promise<Explainable> {
  if (isKerasFile(file)) return await layersExplainable(await loadModel(file));
  const read = await readModelJson(file);
  if (read.format === "graph") return await graphExplainable(read.artifacts, file, rows);
  return await layersExplainable(await modelOfLayers(read, file));
}

/** @throws UserError where it has several inputs. */
export async function layersExplainable(model: LayersModel): Promise<Explainable> {
  if (model.inputs.length !== 1) {
    throw new UserError(
      `The model has ${model.inputs.length} inputs; "explain" takes models of one.`,
      "Give the model one input that holds all of them.",
    );
  }
  await readWeights(model);
  return {
    inputShape: model.inputs[0].shape,
    predictor: modelPredictor(model),
    layers: model,
    outputKind: (classifies) => outputKind(model, classifies),
    dispose: () => void model.dispose(),
  };
}
