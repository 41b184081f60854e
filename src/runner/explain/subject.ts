/** What a user asks to explain: a run, or a bare model. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { RUNS_FOLDER, RUN_FILES } from "../../protocol/runFolder";
import type { RunManifest } from "../../protocol/runManifest";
import { readManifest } from "../../runFolder";
import { UserError } from "../errors";
import { isKerasFile } from "../modelFiles";

/** A run whose model is a layers model. */
interface RunSubject {
  kind: "run";
  folder: string;
  manifest: RunManifest;
  modelFile: string;
}
/** A model without a run. */
interface ModelSubject {
  kind: "model";
  /** A model.json, or a file of Keras's. */
  modelFile: string;
}
/** A run whose model is of trees. */
export interface TreeRunSubject {
  kind: "tree run";
  folder: string;
  manifest: RunManifest;
  treesJson: string;
}

export type Subject = RunSubject | TreeRunSubject | ModelSubject | TreeFileSubject;
export type LayersSubject = Exclude<Subject, TreeRunSubject | TreeFileSubject>;

/** A file of trees that were trained elsewhere. */
export interface TreeFileSubject {
  kind: "tree file";
  file: string;
}

/**
 * A run folder, a run's id under the working directory, a model.json, a .keras or .h5 file or, where `trees` are asked for, a file of them.
 *
 * @throws UserError where it is none of them, or the run has no model yet.
 */
export async function findSubject(text: string, trees: boolean): Promise<Subject> {
  if (trees && (await isFile(text))) return { kind: "tree file", file: path.resolve(text) };
  if (!trees && (path.extname(text).toLowerCase() === ".json" || isKerasFile(text))) {
    if (await isFile(text)) return { kind: "model", modelFile: path.resolve(text) };
    throw new UserError(
      `There is no ${text}.`,
      "Give a run's folder or id, the model.json of a TensorFlow.js model, or a .keras or .h5 file of Keras.",
    );
  }
  for (const folder of [path.resolve(text), path.resolve(RUNS_FOLDER, text)]) {
    const manifest = await readManifest(folder);
    if (!manifest) continue;
    const modelFile = path.join(folder, RUN_FILES.modelJson);
    if (await isFile(modelFile)) return { kind: "run", folder, manifest, modelFile };
    const treesJson = path.join(folder, RUN_FILES.treesJson);
    if (await isFile(treesJson)) return { kind: "tree run", folder, manifest, treesJson };
    throw new UserError(
      `The run ${manifest.id} has no trained model yet.`,
      "Wait for its end, or go on with it: trainlens train --resume --run <folder>.",
    );
  }
  if (trees)
    throw new UserError(
      `There is neither a run nor a file ${text}.`,
      "Give a run of trees, a model that XGBoost saved as .json or .ubj, or LightGBM as .txt, or arrays of trees as .json.",
    );
  throw new UserError(
    `${text} is neither a run nor a model.json, .keras or .h5 file.`,
    "`trainlens runs` lists the runs of this folder; give one's folder or id.",
  );
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
