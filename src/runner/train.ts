/** `trainlens train`: wires a recipe, a backend, a run folder and the process's signals to the training loop. */
import { Command, Option } from "commander";
import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { withDownloads } from "../models/downloadScope";
import { isTreeLearner } from "../models/trees/treeLearner";
import { ownStartTime } from "../processes";
import { type EventSink, type NewRunEvent } from "../protocol/events";
import { MANIFEST_VERSION, type RunManifest } from "../protocol/runManifest";
import { RUNS_FOLDER, RUN_FILES, makeRunId, recipeName } from "../protocol/runFolder";
import { readManifest, readRun } from "../runFolder";
import { type BackendChoice, openChosen, withBackendChoice } from "./backendChoice";
import { type BackendName, explainMissingKernel } from "./backends";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint";
import { printEvent, printJsonLine } from "./console";
import { reportedDownloads } from "./downloads";
import { StoppedError, UsageError, UserError } from "./errors";
import { describeFailure } from "./failure";
import { gitCommit } from "./gitCommit";
import { featureCache } from "./featureCache";
import { applyOverrides, countOf, fineTuneEpochs } from "./hyperparameters";
import { collect, wholeNumber } from "./options";
import { explainOutOfMemory, memoryWarning } from "./outOfMemory";
import { saveNetworks } from "./networks";
import { keepOutput } from "./outputLog";
import { EndingGuard } from "./processEnd";
import { SeededRandom } from "./random";
import { type Recipe, loadRecipe } from "./recipe";
import { saveSamples } from "./sampleFiles";
import { RunLock } from "./runLock";
import { EventFile, toAll, writeManifest } from "./runWriter";
import { StopControl } from "./stopControl";
import { checkAugmentation, describeAugmentation } from "./training/augmented";
import { checkFit, fingerprint, readTrainingData } from "./training/examples";
import { beginFineTuning } from "./training/fineTune";
import { memoryNeeds } from "./training/memory";
import { describeTrainingData } from "./training/report";
import { summarize } from "./training/summary";
import { train } from "./training/train";
import { checkTreeRecipe, trainTrees } from "./training/trees";
import { saveTrees } from "./treeModelFile";
import { version as tfjsVersion } from "@tensorflow/tfjs-core/package.json";

declare const TRAINLENS_VERSION: string;

interface TrainOptions extends BackendChoice {
  run?: string;
  set: string[];
  resume?: boolean;
  seed?: string;
  json?: boolean;
  trialOf?: string;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a recipe; every run gets a folder of its own")
    .argument("[recipe]", "path of a train.ts or train.js; with --resume the run knows it")
    .option("--run <folder>", `the run's folder; by default a new one in ${RUNS_FOLDER}`)
    .option("--set <name=value>", "override a hyperparameter (repeatable)", collect, [])
    .option("--resume", "go on from the checkpoint of the run given with --run")
    .option("--seed <number>", "of initial weights, shuffling and dropout (default: 42)")
    .option("--json", "print events as JSON lines")
    .addOption(new Option("--trial-of <sweep/number>", "the sweep that the run belongs to").hideHelp());
  return withBackendChoice(command).action(trainRecipe);
}

/** The run to work on, new or resumed. */
interface Plan {
  folder: string;
  recipePath: string;
  overrides: string[];
  choice: BackendChoice;
  seed: number;
  /** Of a new run that a sweep has asked for. */
  trial?: RunManifest["sweep"];
  /** Of the run that goes on. */
  manifest?: RunManifest;
}

async function trainRecipe(recipePath: string | undefined, options: TrainOptions): Promise<void> {
  const { folder, plan } = options.resume ? await resumedRun(recipePath, options) : newRun(recipePath, options);
  const lock = await RunLock.take(folder);
  try {
    await trainLocked(await plan(), options);
  } finally {
    lock.release();
  }
}

/** Trains in a folder that no other process trains in. */
async function trainLocked(plan: Plan, options: TrainOptions): Promise<void> {
  const { folder } = plan;
  const random = new SeededRandom(plan.seed);
  const control = new StopControl();
  control.watch(folder);
  const guard = new EndingGuard(control.stopRequested);
  try {
    const recipe = await guard.during("The recipe's module", loadRecipe(plan.recipePath));
    const overrides = applyOverrides(recipe.hyperparameters, plan.overrides);
    if (!plan.manifest) await writeManifest(folder, await makeManifest(folder, recipe, overrides, plan));
    const file = new EventFile(path.join(folder, RUN_FILES.events));
    const closeLog = keepOutput(path.join(folder, RUN_FILES.output));
    const sink = toAll(file.append, options.json ? printJsonLine : printEvent);
    if (!options.json) process.stdout.write(`Run: ${folder}\n`);
    guard.recordIn(file.append);
    try {
      await runTraining({ recipe, overrides, plan, sink, control, random, guard });
      sink({ type: "ended", outcome: "done" });
      if (!options.json) process.stdout.write(`Explain it: trainlens explain ${folder}\n`);
    } catch (thrown) {
      const error = explainMissingKernel(thrown);
      end(error, sink);
      throw error;
    } finally {
      guard.dispose();
      closeLog();
      file.close();
    }
  } finally {
    guard.dispose();
    random.dispose();
    await control.dispose();
  }
}

/** A run's folder, and what is to be done in it: asked once no other process trains there. */
interface Request {
  folder: string;
  plan: () => Promise<Plan>;
}

/** @throws UsageError */
function newRun(recipePath: string | undefined, options: TrainOptions): Request {
  if (recipePath === undefined) throw new UsageError("No recipe is given.", "Write: trainlens train <recipe>.");
  const seed = seedOf(options) ?? 42;
  const id = (): string => makeRunId(new Date(), recipeName(path.resolve(recipePath)), randomInt(0x10000) / 0x10000);
  const folder = path.resolve(options.run ?? path.join(RUNS_FOLDER, id()));
  const plan = async (): Promise<Plan> => {
    if (await readManifest(folder)) {
      throw new UsageError(
        `${folder} holds a run already.`,
        "Give a new folder, or go on with that run: add --resume.",
      );
    }
    const trial = trialOf(options);
    return { folder, recipePath, overrides: options.set, choice: options, seed, ...pick(trial, "trial") };
  };
  return { folder, plan };
}

/** @throws UsageError, UserError */
async function resumedRun(recipePath: string | undefined, options: TrainOptions): Promise<Request> {
  const seed = seedOf(options);
  if (options.run === undefined) {
    throw new UsageError("--resume needs --run <folder>.", "`trainlens runs` lists them.");
  }
  const folder = path.resolve(options.run);
  await manifestOf(folder);
  const plan = async (): Promise<Plan> => {
    const manifest = await manifestOf(folder);
    if (seed !== undefined && seed !== manifest.seed) {
      throw new UsageError(`The run has the seed ${manifest.seed}; it cannot go on with another.`, "Leave --seed out.");
    }
    // Of a process that took no lock.
    if ((await readRun(folder))?.facts.alive) {
      throw new UserError(`The run ${manifest.id} is still training.`, "Stop it first, or wait for its end.");
    }
    // A stop that was asked of the process before is not for this one.
    await rm(path.join(folder, RUN_FILES.stop), { force: true });
    const kept = Object.entries(manifest.overrides).map(([name, value]) => `${name}=${value}`);
    return {
      folder,
      recipePath: recipePath ?? manifest.recipe.path,
      overrides: [...kept, ...options.set],
      choice: {
        backend: options.backend ?? (manifest.backendAsked as BackendName | "auto"),
        ...pick(options.libtensorflow ?? manifest.libtensorflow, "libtensorflow"),
        ...pick(options.python ?? manifest.python, "python"),
      },
      seed: manifest.seed,
      manifest,
    };
  };
  return { folder, plan };
}

/** A field, where it has a value. */
function pick<K extends string, V>(value: V | undefined, key: K): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

/** @throws UserError where the folder holds no run. */
async function manifestOf(folder: string): Promise<RunManifest> {
  const manifest = await readManifest(folder);
  if (!manifest) throw new UserError(`${folder} holds no run.`, "`trainlens runs` lists the runs of this folder.");
  return manifest;
}

/** @throws UsageError */
function seedOf({ seed }: TrainOptions): number | undefined {
  return seed === undefined ? undefined : wholeNumber("--seed", seed);
}

/** @throws UsageError */
function trialOf({ trialOf }: TrainOptions): RunManifest["sweep"] {
  if (trialOf === undefined) return undefined;
  const [, name, number] = /^(.+)\/(\d+)$/.exec(trialOf) ?? [];
  if (name === undefined) throw new UsageError(`--trial-of "${trialOf}" names no trial.`, "Write <sweep>/<number>.");
  return { name, trial: wholeNumber("--trial-of", number) };
}

async function makeManifest(
  folder: string,
  recipe: Recipe,
  overrides: RunManifest["overrides"],
  plan: Plan,
): Promise<RunManifest> {
  const commit = await gitCommit(path.dirname(recipe.path));
  return {
    version: MANIFEST_VERSION,
    id: path.basename(folder),
    created: Date.now(),
    recipe: { name: recipe.name, path: recipe.path, language: recipe.language },
    hyperparameters: { ...recipe.hyperparameters },
    overrides,
    seed: plan.seed,
    ...pick(plan.trial, "sweep"),
    backendAsked: plan.choice.backend ?? "auto",
    ...pick(plan.choice.libtensorflow, "libtensorflow"),
    ...pick(plan.choice.python, "python"),
    versions: { trainlens: TRAINLENS_VERSION, tfjs: tfjsVersion, node: process.versions.node },
    ...(commit === undefined ? {} : { gitCommit: commit }),
  };
}

/** What a run needs once its recipe is loaded. */
interface Training {
  recipe: Recipe;
  overrides: RunManifest["overrides"];
  plan: Plan;
  sink: EventSink;
  control: StopControl;
  random: SeededRandom;
  guard: EndingGuard;
}

async function runTraining(training: Training): Promise<void> {
  const { recipe, overrides, plan, sink, random } = training;
  const { folder, manifest } = plan;
  const checkpoint = manifest && (await loadCheckpoint(folder));
  if (manifest && checkpoint) {
    checkBatchSize(manifest, recipe, checkpoint);
    await writeManifest(folder, { ...manifest, overrides, hyperparameters: { ...recipe.hyperparameters } });
  }
  sink(started(checkpoint));
  // Packages that a backend loads may draw random numbers: initial weights are to be the same on every backend.
  const randomBefore = random.state;
  const backend = await openChosen(plan.choice, { recipe: path.dirname(recipe.path) });
  random.restore(randomBefore);
  try {
    sink({ type: "backend", ...backend.facts });
    await trainModel(training, checkpoint, backend.readInterval);
  } finally {
    await backend.close();
  }
}

/** @throws UsageError where a position within an epoch counts batches of another size. */
function checkBatchSize({ hyperparameters }: RunManifest, recipe: Recipe, { position }: Checkpoint): void {
  if (position.batch === 0) return;
  const before = countOf(hyperparameters, "batchSize");
  if (before === countOf(recipe.hyperparameters, "batchSize")) return;
  throw new UsageError(
    `The run stopped within an epoch of batches of ${before}; another batchSize cannot go on from there.`,
    `Resume it with batchSize ${before}, or train anew.`,
  );
}

async function trainModel(
  { recipe, plan, sink, control, random, guard }: Training,
  checkpoint: Checkpoint | undefined,
  readInterval: number,
): Promise<void> {
  const { folder } = plan;
  const data = await readTrainingData(await guard.during("data()", recipe.data()));
  const augment = await recipe.augment();
  sink({
    type: "data",
    ...describeTrainingData(data),
    ...(data.classNames ? { classNames: [...data.classNames] } : {}),
    fingerprint: fingerprint(data),
    ...(augment ? { augmentation: describeAugmentation(augment) } : {}),
  });
  const making = withDownloads(reportedDownloads(sink, control.stopRequested), () => recipe.createModel(data));
  const model = await guard.during("createModel()", making).catch((error: unknown) => {
    // Of a download.
    throw control.stopRequested() ? new StoppedError("Stopped before the first batch.", { cause: error }) : error;
  });
  if (isTreeLearner(model)) {
    checkTreeRecipe(recipe);
    await saveTrees(await trainTrees(model, data, plan.seed, sink, control), folder);
    sink({ type: "saved", path: RUN_FILES.treesJson });
    return;
  }
  // A step of the recipe's own may do with the data what it likes.
  if (!recipe.own) checkFit(model, data);
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
    seed: plan.seed,
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
      saveCheckpoint: (position) => saveCheckpoint(folder, model, position, random.state),
      saveSamples: async (epoch, pictures) => sink(await saveSamples(folder, epoch, pictures)),
      features: featureCache(path.dirname(recipe.path), sink),
    });
  } catch (error) {
    throw explainOutOfMemory(error, needs, batchSize);
  }
  await saveNetworks(model, recipe, folder);
  sink({ type: "saved", path: RUN_FILES.modelJson });
}

/** @throws UserError where the recipe can no longer make the model that the checkpoint is of. */
async function goOnFineTuning(begin: (() => Promise<void>) | undefined): Promise<void> {
  if (begin) return begin();
  throw new UserError(
    "The run stopped while it was fine-tuned, and the recipe exports no fineTune() any more.",
    "Put it back, or train anew in a new run.",
  );
}

function started(checkpoint: Checkpoint | undefined): NewRunEvent {
  return {
    type: "started",
    pid: process.pid,
    processStartedAt: ownStartTime(),
    host: os.hostname(),
    ...(checkpoint
      ? {
          resumed: {
            epoch: checkpoint.position.epoch,
            batch: checkpoint.position.batch,
            step: checkpoint.position.step,
          },
        }
      : {}),
  };
}

/** The last event of a run that did not come to its end. A disk that is full may refuse it. */
function end(error: unknown, sink: EventSink): void {
  const event: NewRunEvent =
    error instanceof StoppedError
      ? { type: "ended", outcome: "stopped" }
      : { type: "ended", outcome: "failed", error: describeFailure(error) };
  try {
    sink(event);
  } catch {
    // The error itself is thrown on; without this event readers see a crash, which is what it is.
  }
}
