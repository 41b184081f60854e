/** `trainlens explain --method tree`: from a file of trees and files of rows to an explanation in memory. */
import path from "node:path";
import type { Explanation } from "../../protocol/explanation";
import type { NdArray } from "../../protocol/ndArray";
import { TreeExplainer } from "../../shap";
import { UsageError, UserError } from "../errors";
import { readArrayFile } from "./arrayFile";
import type { BackgroundChoice, SampleChoice } from "./choices";
import type { Parameters } from "./parameters";
import { type Watched, asExplanation, explainWatched } from "./result";
import { readTreeFile } from "./trees/treeFile";

export interface TreeWork extends Watched {
  file: string;
  samples: SampleChoice;
  background: BackgroundChoice;
  parameters: Parameters;
}

/** @throws UserError, UsageError. @throws StoppedError where a stop was asked for. */
export async function explainTrees(work: TreeWork): Promise<Explanation> {
  const { file, parameters } = work;
  const { kind, ensemble } = await readTreeFile(file);
  if (work.samples.kind !== "file")
    throw new UsageError("Trees have no data of their own.", "Give --samples FILE.npz with rows of their features.");
  const samples = await readArrayFile(work.samples.file);
  const background = await chooseBackground(work);
  const { result, seconds } = await explainWatched(work, ({ onProgress, signal }) => {
    const explainer = new TreeExplainer(ensemble, background);
    return parameters.interactions
      ? explainer.shapInteractionValues(samples, { onProgress, signal })
      : explainer.shapValues(samples, { onProgress, signal });
  });
  return asExplanation(result, {
    // Values of pairs have no single features to show.
    ...(parameters.interactions ? {} : { data: samples.data }),
    ...(ensemble.featureNames && !parameters.interactions ? { featureNames: ensemble.featureNames } : {}),
    meta: {
      method: "tree",
      ...(background ? { background: background.shape[0] } : {}),
      seconds,
      model: `${path.basename(file)} (${kind})`,
      sampleIndices: Array.from({ length: samples.shape[0] }, (_, i) => i),
      parameters: { featurePerturbation: background ? "interventional" : "tree_path_dependent", ...parameters },
      outputKind: "raw",
    },
  });
}

/** undefined where hidden features follow the trees' own weights. */
async function chooseBackground({ background, parameters }: TreeWork): Promise<NdArray | undefined> {
  const { featurePerturbation } = parameters;
  if (featurePerturbation === "correlation_dependent")
    throw new UsageError("--feature-perturbation correlation_dependent is for --method linear.");
  if (background.kind === "file") {
    if (featurePerturbation !== "tree_path_dependent") return readArrayFile(background.file);
    throw new UserError("tree_path_dependent takes no background.", "Leave out --background, or take interventional.");
  }
  if (featurePerturbation === "interventional" || background.asked)
    throw new UsageError("Trees have no data of their own.", "Give --background FILE.npz, or leave it out.");
  return undefined;
}
