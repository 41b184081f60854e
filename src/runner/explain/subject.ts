/** What a user asks to explain: a run, or a bare model. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { RUNS_FOLDER, RUN_FILES } from "../../protocol/runFolder";
import type { RunManifest } from "../../protocol/runManifest";
import { readManifest } from "../../runFolder";
import { UserError } from "../errors";

export type Subject =
  { kind: "run"; folder: string; manifest: RunManifest; modelJson: string } | { kind: "model"; modelJson: string };

/**
 * A run folder, a run's id under the working directory, or a model.json.
 *
 * @throws UserError where it is none of them, or the run has no model yet.
 */
export async function findSubject(text: string): Promise<Subject> {
  if (path.extname(text).toLowerCase() === ".json") {
    if (await isFile(text)) return { kind: "model", modelJson: path.resolve(text) };
    throw new UserError(`There is no ${text}.`, "Give a run's folder or id, or the model.json of a tfjs layers model.");
  }
  for (const folder of [path.resolve(text), path.resolve(RUNS_FOLDER, text)]) {
    const manifest = await readManifest(folder);
    if (!manifest) continue;
    const modelJson = path.join(folder, RUN_FILES.modelJson);
    if (await isFile(modelJson)) return { kind: "run", folder, manifest, modelJson };
    throw new UserError(
      `The run ${manifest.id} has no trained model yet.`,
      "Wait for its end, or go on with it: trainlens train --resume --run <folder>.",
    );
  }
  throw new UserError(
    `${text} is neither a run nor a model.json.`,
    "`trainlens runs` lists the runs of this folder; give one's folder or id.",
  );
}

/** The file of trees that was asked for. @throws UserError where there is none. */
export async function findTreeFile(text: string): Promise<string> {
  if (await isFile(text)) return path.resolve(text);
  throw new UserError(
    `There is no file ${text}.`,
    "Give a model that XGBoost saved as .json or LightGBM as .txt, or arrays of trees as .json.",
  );
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
