/** `trainlens explain --method tree`: trees of a run, or of a file, and rows, to an explanation, whose values are taken as they come. */
import path from "node:path";
import type { ExplanationFrame } from "../../npz";
import type { NdArray } from "../../protocol/ndArray";
import { TreeExplainer, type TreeEnsemble } from "../../shap";
import { UsageError, UserError } from "../errors";
import { readArrayFile } from "./arrayFile";
import { type TakeValues, explainBlocks } from "./blocks";
import type { BackgroundChoice, SampleChoice } from "./choices";
import { type Inputs, loadInputs } from "./inputs";
import { type JudgeChoice, judgedParts, judgedRows } from "./judge";
import { judgeTrees } from "./judgeTrees";
import type { Parameters } from "./parameters";
import { type Watched, asExplanation, explainWatched } from "./result";
import { classesOf } from "./rows";
import type { TreeFileSubject, TreeRunSubject } from "./subject";
import { readTreeFile } from "./trees/treeFile";

export interface TreeWork extends Watched {
  subject: TreeFileSubject | TreeRunSubject;
  samples: SampleChoice;
  background: BackgroundChoice;
  parameters: Parameters;
  seed: number;
  /** Which judges score it, against a background. */
  judges?: JudgeChoice;
  chunkMB: number;
  takeValues: TakeValues;
}

/** Rows to explain, and what is known of them. */
type TreeInputs = Omit<Inputs, "background"> & {
  /** None where hidden features follow the trees' own weights. */
  background?: NdArray;
};

/**
 * @returns the explanation but for its values, which have been taken.
 * @throws UserError, UsageError. @throws StoppedError where a stop was asked for.
 */
export async function explainTrees(work: TreeWork): Promise<ExplanationFrame> {
  const { subject, parameters, judges } = work;
  if (judges && !wantsBackground(work))
    throw new UsageError("The judges hide features by rows of a background.", "Give --background, too.");
  const ofRun = subject.kind === "tree run";
  const { kind, ensemble } = await readTreeFile(ofRun ? subject.treesJson : subject.file);
  const inputs = ofRun ? await inputsOfRun(subject, work) : await inputsOfFiles(work);
  const { samples, background, targets } = inputs;
  const { outputs } = ensemble;
  const { interactions: pairs = false } = parameters;
  const keep = judges ? judgedRows(samples.shape[0]) : [];
  const { result, seconds } = await explainWatched(
    { ...work, progress: judgedParts(work).explaining },
    ({ onProgress: progress, signal }) => {
      const explainer = new TreeExplainer(ensemble, background);
      const { chunkMB, takeValues } = work;
      return explainBlocks(
        samples,
        { outputs, pairs, chunkMB, keep, onProgress: progress, takeValues },
        (block, { onProgress }) =>
          pairs
            ? explainer.shapInteractionValues(block, { onProgress, signal })
            : explainer.shapValues(block, { onProgress, signal }),
      );
    },
  );
  const labels = targets && classesOf(targets, result.outputs);
  const judged =
    judges && background ? await judgeTrees(judges, ensemble, { ...work, samples, background, result }) : undefined;
  const explanation = asExplanation(result, {
    // Values of pairs have no single features to show.
    ...(pairs ? {} : { data: (inputs.raw ?? samples).data }),
    ...(pairs ? {} : names(ensemble, inputs)),
    meta: {
      method: "tree",
      ...(background ? { background: background.shape[0], seed: work.seed } : {}),
      seconds,
      model: ofRun ? subject.manifest.recipe.name : `${path.basename(subject.file)} (${kind})`,
      sampleIndices: inputs.sampleIndices,
      parameters: { featurePerturbation: background ? "interventional" : "tree_path_dependent", ...parameters },
      ...(labels ? { labels } : {}),
      // Trees of a run answer with shares of classes.
      outputKind: ofRun && result.outputs > 1 ? "probability" : "raw",
      ...(judged ? { judgement: judged.judgement } : {}),
    },
  });
  return { ...explanation, ...judged?.bounds };
}

function names(
  { featureNames, outputs }: TreeEnsemble,
  inputs: TreeInputs,
): { featureNames?: readonly string[]; outputNames?: readonly string[] } {
  const ofFeatures = featureNames ?? inputs.featureNames;
  const ofOutputs = outputs > 1 ? inputs.classNames : inputs.targetNames;
  return {
    ...(ofFeatures ? { featureNames: ofFeatures } : {}),
    ...(ofOutputs ? { outputNames: ofOutputs } : {}),
  };
}

/** From the data of the run's recipe; its rows are the background where one is asked for. */
async function inputsOfRun(subject: TreeRunSubject, work: TreeWork): Promise<TreeInputs> {
  const wanted = wantsBackground(work);
  const { background, ...inputs } = await loadInputs(subject, work.samples, work.background, work.seed);
  return wanted ? { ...inputs, background } : inputs;
}

async function inputsOfFiles(work: TreeWork): Promise<TreeInputs> {
  const { samples: chosen, background } = work;
  if (chosen.kind !== "file")
    throw new UsageError("Trees have no data of their own.", "Give --samples FILE.npz with rows of their features.");
  const wanted = wantsBackground(work);
  if (wanted && background.kind !== "file")
    throw new UsageError("Trees have no data of their own.", "Give --background FILE.npz, or leave it out.");
  const samples = await readArrayFile(chosen.file);
  return {
    samples,
    sampleIndices: Array.from({ length: samples.shape[0] }, (_, i) => i),
    ...(background.kind === "file" ? { background: await readArrayFile(background.file) } : {}),
  };
}

/** Whether hidden features take the values of a background's rows, in place of following the trees' own weights. */
export function wantsBackground({ background, parameters }: Pick<TreeWork, "background" | "parameters">): boolean {
  const { featurePerturbation } = parameters;
  if (featurePerturbation === "correlation_dependent")
    throw new UsageError("--feature-perturbation correlation_dependent is for --method linear.");
  const given = background.kind === "file" || background.asked;
  if (given && featurePerturbation === "tree_path_dependent")
    throw new UserError("tree_path_dependent takes no background.", "Leave out --background, or take interventional.");
  return given || featurePerturbation === "interventional";
}
