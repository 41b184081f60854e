/** Models on disk: in the tfjs layers format, model.json beside its weights, and as Keras saves them. */
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { KerasFileError, readKerasModel } from "../keras";
import { UserError } from "./errors";
import { fileSystemError } from "./fileSystemError";
import { insidePath } from "./insidePath";

const WEIGHTS = "weights.bin";

const ModelJson = v.object({
  modelTopology: v.record(v.string(), v.unknown()),
  weightsManifest: v.array(
    v.object({
      paths: v.array(v.string()),
      weights: v.array(
        v.looseObject({
          name: v.string(),
          shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
          dtype: v.string(),
        }),
      ),
    }),
  ),
  trainingConfig: v.optional(v.record(v.string(), v.unknown())),
  /** "layers-model" or "graph-model", where it says so. */
  format: v.optional(v.nullable(v.string())),
  signature: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
});

/**
 * Writes `model.json` and `weights.bin` into a folder, whole or not at all: beside it first, then in its place.
 *
 * @throws UserError where the disk refuses.
 */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  const beside = `${folder}.${process.pid}.tmp`;
  const save = async (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
    await mkdir(beside, { recursive: true });
    const weights = new tf.io.CompositeArrayBuffer(artifacts.weightData).slice();
    await writeFile(path.join(beside, WEIGHTS), new Uint8Array(weights));
    const json = {
      format: "layers-model",
      generatedBy: artifacts.generatedBy ?? null,
      convertedBy: null,
      modelTopology: artifacts.modelTopology,
      ...(artifacts.trainingConfig ? { trainingConfig: artifacts.trainingConfig } : {}),
      weightsManifest: [{ paths: [WEIGHTS], weights: artifacts.weightSpecs ?? [] }],
    };
    await writeFile(path.join(beside, "model.json"), JSON.stringify(json));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  };
  try {
    await model.save(tf.io.withSaveHandler(save));
    await rm(folder, { recursive: true, force: true });
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw fileSystemError(error, `The model cannot be written to ${folder}`);
  }
}

/** How the names of Keras's files end. */
export const KERAS_SUFFIXES: readonly string[] = [".keras", ".h5", ".hdf5"];

export function isKerasFile(file: string): boolean {
  return KERAS_SUFFIXES.includes(path.extname(file).toLowerCase());
}

/**
 * Reads a model of layers, whichever kind of file it is.
 *
 * @param file a model.json of tfjs layers, or a .keras or .h5 file of Keras.
 * @throws UserError where it is no such model, or has a layer that is not read.
 */
export function loadModel(file: string): Promise<LayersModel> {
  return isKerasFile(file) ? loadKerasModel(file) : loadTfjsModel(file);
}

async function loadKerasModel(file: string): Promise<LayersModel> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw fileSystemError(error, `The model ${file} cannot be read`);
  }
  try {
    return await readKerasModel(bytes);
  } catch (error) {
    if (!(error instanceof KerasFileError)) throw error;
    throw new UserError(`${file} cannot be read as a model of Keras: ${error.message}.`, error.advice, {
      cause: error,
    });
  }
}

async function loadTfjsModel(modelJson: string): Promise<LayersModel> {
  return modelOfLayers(await readModelJson(modelJson), modelJson);
}

/** What a model.json and the weights beside it hold. */
export interface ModelArtifacts {
  format: "layers" | "graph";
  artifacts: tf.io.ModelArtifacts;
}

/**
 * Reads a model.json and its weights. Parsed as data: weights outside the model's folder are refused.
 *
 * @param modelJson its path.
 * @throws UserError where it is no such file.
 */
export async function readModelJson(modelJson: string): Promise<ModelArtifacts> {
  const folder = path.dirname(path.resolve(modelJson));
  let json: unknown;
  try {
    json = JSON.parse(await readFile(modelJson, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw notAModel(modelJson, "it is not JSON", error);
    throw fileSystemError(error, `The model ${modelJson} cannot be read`);
  }
  const parsed = v.safeParse(ModelJson, json);
  if (!parsed.success) throw notAModel(modelJson, v.summarize(parsed.issues).replace(/\s+/g, " "));
  const { modelTopology, weightsManifest, trainingConfig, format, signature } = parsed.output;
  const buffers = await Promise.all(
    weightsManifest.flatMap((group) => group.paths).map((name) => readWeights(folder, name, modelJson)),
  );
  const weightData = Buffer.concat(buffers);
  const artifacts: tf.io.ModelArtifacts = {
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
    weightData: new Uint8Array(weightData).buffer,
    ...(trainingConfig ? { trainingConfig: trainingConfig as unknown as tf.io.TrainingConfig } : {}),
    ...(signature ? { signature } : {}),
  };
  return { format: format === "graph-model" || "node" in modelTopology ? "graph" : "layers", artifacts };
}

/**
 * A model of layers, from what `readModelJson` has read. Lambda layers are refused.
 *
 * @throws UserError where it is none.
 */
export async function modelOfLayers({ format, artifacts }: ModelArtifacts, modelJson: string): Promise<LayersModel> {
  if (format === "graph") throw notAModel(modelJson, "it is a graph, which has no layers");
  refuseLambda(artifacts.modelTopology, modelJson);
  try {
    return await loadLayersModel(tf.io.fromMemory(artifacts));
  } catch (error) {
    throw notAModel(modelJson, error instanceof Error ? error.message : String(error), error);
  }
}

export function notAModel(file: string, why: string, cause?: unknown): UserError {
  return new UserError(
    `${file} is no model that can be read: ${why}.`,
    "Give the model.json of a tfjs layers model, as TrainLens or tensorflowjs_converter writes it, or a .keras or .h5 file of Keras.",
    { cause },
  );
}

async function readWeights(folder: string, name: string, modelJson: string): Promise<Buffer> {
  const file = path.resolve(folder, name);
  if (insidePath(folder, file) === undefined) {
    throw new UserError(
      `${modelJson} names weights outside its own folder: ${name}.`,
      "Put the weights beside the model.json.",
    );
  }
  try {
    return await readFile(file);
  } catch (error) {
    throw fileSystemError(error, `The weights ${file} cannot be read`);
  }
}

/** A Lambda layer carries code; nothing that is read from a file is run. */
function refuseLambda(topology: unknown, file: string): void {
  if (typeof topology !== "object" || topology === null) return;
  if ("class_name" in topology && topology.class_name === "Lambda") {
    throw new UserError(
      `${file} has a Lambda layer, which is code: it is not loaded.`,
      "Replace the layer by ordinary ones and save the model again.",
    );
  }
  for (const part of Object.values(topology)) refuseLambda(part, file);
}
