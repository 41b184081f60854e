/** Explanations that a recipe's own code computes, as files. */
import path from "node:path";
import { resolveDataPath } from "../../data/recipeFolder";
import { writeExplanation } from "../../npz";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { EXPLANATION_SUFFIX, RUN_FILES } from "../../protocol/runFolder";
import type { Attributions } from "../../shap";
import { UserError } from "../errors";
import { pathInRun } from "../explain/outputFile";
import { asExplanation } from "../explain/result";
import { checkWritable, writeWhole } from "../wholeFile";
import { currentRun } from "./currentRun";

export interface SaveOptions {
  /** What was explained, [samples, ...features]: shown beside the values. */
  data?: NdArray;
  /** One name a feature. */
  featureNames?: readonly string[];
  /** One name an output. */
  outputNames?: readonly string[];
  /** How the values came about, for the reader: `deep`. */
  method?: string;
  /** Rows of the background. */
  background?: number;
}

/**
 * Writes SHAP values as a `.shap.npz`, a NumPy archive with the fields of Python's `shap.Explanation`.
 *
 * @param file its name, with or without `.shap.npz`. A relative one lies in the run's `explanations` folder while a run
 *   trains, and the run's panel lists it; in the recipe's folder otherwise.
 * @param values as an explainer's `shapValues` returns them.
 * @returns the file's absolute path.
 * @throws UserError where `data` or names do not fit the values, or the file cannot be written.
 */
export async function saveExplanation(file: string, values: Attributions, options: SaveOptions = {}): Promise<string> {
  const { data, featureNames, outputNames, method = "custom", background } = options;
  const { samples, featureShape, outputs } = values;
  if (data) checkCount("data", "numbers", data.data.length, samples * sizeOf(featureShape));
  if (featureNames) checkCount("featureNames", "names", featureNames.length, sizeOf(featureShape));
  if (outputNames) checkCount("outputNames", "names", outputNames.length, outputs);
  const run = currentRun();
  const named = file.endsWith(EXPLANATION_SUFFIX) ? file : `${file}${EXPLANATION_SUFFIX}`;
  const target = run ? path.resolve(run.folder, RUN_FILES.explanations, named) : resolveDataPath(named);
  const explanation = asExplanation(values, {
    ...(data ? { data: data.data } : {}),
    ...(featureNames ? { featureNames } : {}),
    ...(outputNames ? { outputNames } : {}),
    meta: { method, ...(background === undefined ? {} : { background }) },
  });
  await checkWritable(target);
  await writeWhole(target, writeExplanation({ ...explanation, values: values.values }));
  run?.sink({
    type: "explained",
    name: path.basename(target).slice(0, -EXPLANATION_SUFFIX.length),
    path: pathInRun(run.folder, target),
    method,
    samples,
    background: background ?? 0,
    additivityError: values.additivityError,
  });
  return target;
}

/** @throws UserError */
function checkCount(option: string, what: string, found: number, wanted: number): void {
  if (found === wanted) return;
  throw new UserError(
    `saveExplanation() was given ${found} ${what} as ${option}; the values are of ${wanted}.`,
    "Give one a feature of each sample explained, or leave it out.",
  );
}

export interface ForcePlotOptions {
  /** Where to write: .html, .svg or .png; relative to the explanation's folder. An .html beside it by default. */
  output?: string;
  /** Plot this sample alone, counted from 0; all of them, stacked, by default. */
  sample?: number;
  /** Which output of the model, counted from 0. By default 0, or a sample's highest. */
  outputIndex?: number;
}

/**
 * Draws the force plot of an explanation file.
 *
 * @param explanation its path, as `saveExplanation` returns it.
 * @returns the absolute path of what was written.
 * @throws UserError where it cannot be read or written. @throws UsageError for a sample or an output that it has not.
 */
export async function forcePlot(explanation: string, options: ForcePlotOptions = {}): Promise<string> {
  const source = resolveDataPath(explanation);
  const { output, ...rest } = options;
  // What draws is loaded where something is drawn.
  const { plot } = await import("../plot");
  const drawn = await plot(source, {
    ...rest,
    ...(output === undefined ? {} : { output: path.resolve(path.dirname(source), output) }),
  });
  return drawn.path;
}
