/** Trains a recipe in a run folder: its data, its model, the loop, and what is written. */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { withDownloads } from "../models/downloadScope";
import { isTreeLearner } from "../models/trees/treeLearner";
import type { EventSink } from "../protocol/events";
import { RUN_FILES } from "../protocol/runFolder";
import type { TreeNodes } from "../protocol/treeNodes";
import { type Checkpoint, saveCheckpoint } from "./checkpoint";
import { type Comparison, comparisonOf, comparisonSink } from "./comparison";
import { reportedDownloads } from "./downloads";
import { StoppedError, UserError } from "./errors";
import { featureCache } from "./featureCache";
import { countOf, fineTuneEpochs } from "./hyperparameters";
import { saveNetworks } from "./networks";
import { explainOutOfMemory, memoryWarning } from "./outOfMemory";
import type { EndingGuard } from "./processEnd";
import type { SeededRandom } from "./random";
import type { Recipe } from "./recipe";
import { saveSamples } from "./sampleFiles";
import { inRun } from "./shapModule/currentRun";
import type { StopControl } from "./stopControl";
import { checkAugmentation, describeAugmentation } from "./training/augmented";
import { checkFit, fingerprint, readTrainingData } from "./training/examples";
import { beginFineTuning } from "./training/fineTune";
import { memoryNeeds } from "./training/memory";
import { checkOwnStepData } from "./training/ownStep";
import { describeTrainingData } from "./training/report";
import { summarize } from "./training/summary";
import { train } from "./training/train";
import { checkTreeRecipe, trainTrees } from "./training/trees";
import { type GrownTrees, loadAnyCheckpoint, saveGrownTrees } from "./treeCheckpoint";
import { saveTrees } from "./treeModelFile";

/** What training a recipe takes, whose hyperparameters are set and whose backend is open. */
export interface ModelTraining {
  recipe: Recipe;
  /** Of the run. */
  folder: string;
  seed: number;
  sink: EventSink;
  control: StopControl;
  random: SeededRandom;
  guard: EndingGuard;
  readInterval: number;
}

/**
 * Trains the recipe's model and saves it; then, where the recipe has one, its comparison.
 *
 * @param checkpoint where to go on. @param compares whether a comparison is wanted.
 */
export async function trainModel(
  training: ModelTraining,
  checkpoint: Checkpoint | GrownTrees | undefined,
  compares: boolean,
): Promise<void> {
  const { recipe, sink, random } = training;
  const comparison = compares ? comparisonOf(recipe) : undefined;
  const begin = random.state;
  const watched = comparison ? comparison.watch(sink) : sink;
  const { save, afterwards } = await trainOnce({ ...training, sink: watched }, checkpoint);
  sink({ type: "saved", path: await save() });
  await afterwards?.();
  if (!comparison) return;
  random.restore(begin);
  await trainComparison(training, comparison);
}

/** Trains the recipe once more, with other hyperparameters, from the same beginning; nothing of it is kept but its scores. */
async function trainComparison(training: ModelTraining, comparison: Comparison): Promise<void> {
  const { recipe, sink } = training;
  const folder = path.join(training.folder, RUN_FILES.compared);
  const own = { ...recipe.hyperparameters };
  Object.assign(recipe.hyperparameters, comparison.hyperparameters);
  try {
    const checkpoint = existsSync(path.join(folder, RUN_FILES.checkpoint))
      ? await loadAnyCheckpoint(folder)
      : undefined;
    await trainOnce({ ...training, folder, sink: comparisonSink(comparison, sink) }, checkpoint, true);
  } finally {
    Object.assign(recipe.hyperparameters, own);
  }
}

interface Trained {
  /** Saves the model, and gives the path of its file in the run folder. */
  save: () => Promise<string>;
  /** What the recipe does with the model once it is saved. */
  afterwards?: () => Promise<void>;
}

/**
 * Trains with the recipe's hyperparameters as they are.
 *
 * @param aside whether it is a comparison: it is resumed at the end of an epoch, and makes no pictures.
 */
async function trainOnce(
  { recipe, folder, seed, sink, control, random, guard, readInterval }: ModelTraining,
  checkpoint: Checkpoint | GrownTrees | undefined,
  aside = false,
): Promise<Trained> {
  const data = await readTrainingData(await guard.during("data()", recipe.data()));
  const augment = await recipe.augment();
  const print = fingerprint(data);
  sink({
    type: "data",
    ...(await describeTrainingData(data)),
    ...(data.classNames ? { classNames: [...data.classNames] } : {}),
    ...(print === undefined ? {} : { fingerprint: print }),
    ...(augment ? { augmentation: describeAugmentation(augment) } : {}),
  });
  const making = withDownloads(reportedDownloads(sink, control.stopRequested), () => recipe.createModel(data));
  const model = await guard.during("createModel()", making).catch((error: unknown) => {
    // Of a download.
    throw control.stopRequested() ? new StoppedError("Stopped before the first batch.", { cause: error }) : error;
  });
  if (isTreeLearner(model)) {
    checkTreeRecipe(recipe, data);
    const grown = checkpoint && grownTrees(checkpoint);
    const saveTreesSoFar = (trees: readonly TreeNodes[]): Promise<void> => saveGrownTrees(trees, folder);
    const { stopRequested } = control;
    const trees = await trainTrees(model, data, seed, sink, { stopRequested, saveTrees: saveTreesSoFar }, grown);
    const save = async (): Promise<string> => {
      await saveTrees(trees, folder);
      return RUN_FILES.treesJson;
    };
    return { save };
  }
  if (checkpoint && "trees" in checkpoint) throw otherKind("trees", "a network");
  // A step of the recipe's own may do with the data what it likes.
  if (recipe.own) checkOwnStepData(data);
  else checkFit(model, data);
  if (augment) await checkAugmentation(augment, data, model);
  sink(summarize(model));
  const batchSize = countOf(recipe.hyperparameters, "batchSize");
  const { fineTune } = recipe;
  const begin = fineTune && (() => guard.during("fineTune()", beginFineTuning(model, fineTune, sink)));
  const job = {
    model,
    data,
    augment,
    own: recipe.own,
    epochs: countOf(recipe.hyperparameters, "epochs"),
    fineTune: begin && { epochs: fineTuneEpochs(recipe.hyperparameters), begin },
    batchSize,
    seed,
    readInterval,
    ...(checkpoint ? { position: checkpoint.position } : {}),
  };
  const needs = memoryNeeds(model, data);
  const warning = memoryWarning(needs, batchSize, os.totalmem());
  if (warning !== undefined) sink({ type: "log", level: "warning", message: warning });
  try {
    if (checkpoint) {
      if (checkpoint.position.fineTuning === true) await goOnFineTuning(begin);
      checkpoint.restore(model);
      random.restore(checkpoint.random);
    }
    if (control.stopRequested()) throw new StoppedError("Stopped before the first batch.");
    await train(job, sink, {
      stopRequested: control.stopRequested,
      saveCheckpoint: async (position) => {
        // Within an epoch a position counts batches of a size that the next process may not have.
        if (!aside || position.batch === 0) await saveCheckpoint(folder, model, position, random.state);
      },
      saveSamples: async (epoch, pictures) => {
        if (!aside) sink(await saveSamples(folder, epoch, pictures));
      },
      features: featureCache(path.dirname(recipe.path), sink),
    });
  } catch (error) {
    throw explainOutOfMemory(error, needs, batchSize);
  }
  const save = async (): Promise<string> => {
    await saveNetworks(model, recipe, folder);
    return RUN_FILES.modelJson;
  };
  const { onTrainEnd } = recipe;
  if (!onTrainEnd) return { save };
  const ending = (): Promise<void> => inRun({ folder, sink }, () => onTrainEnd(model, data));
  return { save, afterwards: () => guard.during("onTrainEnd()", ending()) };
}

function grownTrees(checkpoint: Checkpoint | GrownTrees): readonly TreeNodes[] {
  if ("trees" in checkpoint) return checkpoint.trees;
  throw otherKind("a network", "trees");
}

function otherKind(stopped: string, made: string): UserError {
  return new UserError(
    `The run's checkpoint is of ${stopped}, and the recipe makes ${made} now.`,
    "Undo the change to the recipe's createModel, or train anew in a new run.",
  );
}

/** @throws UserError where the recipe can no longer make the model that the checkpoint is of. */
async function goOnFineTuning(begin: (() => Promise<void>) | undefined): Promise<void> {
  if (begin) return begin();
  throw new UserError(
    "The run stopped while it was fine-tuned, and the recipe exports no fineTune() any more.",
    "Put it back, or train anew in a new run.",
  );
}
