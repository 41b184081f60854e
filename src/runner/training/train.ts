/** The training loop. Knows no process, no argv and no terminal: a job goes in, events come out. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { Augmentation } from "../../data/augment/augmentation";
import { batchDraws } from "../../data/augment/draws";
import type { OwnTraining } from "../../data/ownStep";
import type { Inputs } from "../../data/inputs";
import type { TrainingData } from "../../data/trainingData";
import type { EventSink } from "../../protocol/events";
import type { NdArray } from "../../protocol/ndArray";
import type { Metrics } from "../../protocol/numbers";
import type { CheckpointPosition } from "../checkpoint";
import { StoppedError, UserError } from "../errors";
import { shuffledOrder } from "../random";
import { augmented } from "./augmented";
import { BatchLog } from "./batchLog";
import { DIVERSITY_ROWS, diversity } from "./diversity";
import { evaluate, evaluateAnswers } from "./evaluate";
import { readExamples } from "./exampleSets";
import type { FeatureCache } from "./features";
import { MeasuredSteps } from "./measuredSteps";
import { ownStep } from "./ownStep";
import { type Stage, openStage } from "./stage";
import { trainStep } from "./step";

export interface TrainingJob {
  model: LayersModel;
  data: TrainingData<Inputs>;
  /** Done to training batches only, anew in every epoch. */
  augment?: Augmentation | undefined;
  /** In place of the model's own loss and metrics, also at an epoch's end: held-out data is not looked at. */
  own?: OwnTraining | undefined;
  epochs: number;
  /** What follows these epochs. Where `position` is in it already, it has begun: the model is as it was made then. */
  fineTune?: { epochs: number; begin(): Promise<void> } | undefined;
  batchSize: number;
  seed: number;
  /** Where to go on; the beginning by default. */
  position?: CheckpointPosition;
  /** Metrics of the steps of so many ms are read together; by default each step's by itself. */
  readInterval?: number;
}

/** What the loop asks of the outside. */
export interface TrainingControl {
  /** Asked after each batch. */
  stopRequested(): boolean;
  /** Writes a checkpoint of this position. */
  saveCheckpoint(position: CheckpointPosition): Promise<void>;
  /** Writes what a recipe's `samples` made after an epoch. */
  saveSamples(epoch: number, pictures: NdArray): Promise<void>;
  /** Keeps the outputs of a frozen base for other runs. */
  features?: FeatureCache;
}

/** Signals and timers are let in this often, ms. */
const YIELD_INTERVAL = 50;
/** Checkpoints at the ends of epochs come no closer than this, ms; the last epoch's always comes. */
export const CHECKPOINT_INTERVAL = 2000;

export const BEGINNING: CheckpointPosition = { epoch: 1, batch: 0, step: 0, sums: {}, examples: 0, seconds: 0 };

/**
 * Trains to the last epoch and evaluates.
 *
 * @throws StoppedError after a checkpoint, where a stop was requested.
 * @throws UserError where the loss is no longer a number.
 */
export async function train(job: TrainingJob, sink: EventSink, control: TrainingControl): Promise<void> {
  const { model, data, fineTune } = job;
  const epochs = job.epochs + (fineTune?.epochs ?? 0);
  const told = new Set<string>();
  let position = job.position ?? BEGINNING;
  let lastCheckpoint = performance.now();
  const turns = (): boolean => position.epoch > job.epochs && position.epoch <= epochs && position.fineTuning !== true;
  let stage: Stage | undefined;
  try {
    while (position.epoch <= epochs) {
      if (fineTune && turns()) {
        await fineTune.begin();
        position = { ...position, fineTuning: true };
        await checkpoint(position, sink, control);
        stage?.dispose();
        stage = undefined;
      }
      stage ??= await openStage(job, sink, control);
      position = await trainEpoch(job, { epochs, stage, told }, position, sink, control);
      if (position.epoch > epochs || performance.now() - lastCheckpoint >= CHECKPOINT_INTERVAL) {
        await checkpoint(position, sink, control);
        lastCheckpoint = performance.now();
      }
    }
    if (job.own) return;
    stage ??= await openStage(job, sink, control);
    await finalEvaluation(model, data, stage, sink);
  } finally {
    stage?.dispose();
  }
}

/** What an epoch is a part of. */
interface Course {
  /** Of all stages. */
  epochs: number;
  stage: Stage;
  /** Faults that were warned of: once each. */
  told: Set<string>;
}

async function trainEpoch(
  job: TrainingJob,
  { epochs, stage: { training, validation, rows, forward, classWeights }, told }: Course,
  start: CheckpointPosition,
  sink: EventSink,
  control: TrainingControl,
): Promise<CheckpointPosition> {
  const { model, augment, own, batchSize, seed } = job;
  const { epoch } = start;
  const stageOf = start.fineTuning === true ? { fineTuning: true } : {};
  const batches = Math.ceil(training.count / batchSize);
  const order = shuffledOrder(training.count, seed, epoch);
  const log = new BatchLog(sink, epoch, epochs, batches);
  const sums = { ...start.sums };
  let { examples, step } = start;
  const began = performance.now() - start.seconds * 1000;
  let yielded = performance.now();
  const measured = new MeasuredSteps(model, job.readInterval ?? 0);
  const read = async (batch: number): Promise<void> => {
    for (const done of await measured.read()) {
      step++;
      examples += done.examples;
      for (const [name, value] of Object.entries(done.metrics)) sums[name] = (sums[name] ?? 0) + value * done.examples;
      log.add(step, done.metrics, done.examples);
      const broken = brokenMetric(done.metrics, own);
      if (broken === undefined) continue;
      log.flush(done.batch);
      throw diverged(broken, done.metrics[broken], epoch, done.batch, sink);
    }
    log.tick(batch);
  };

  try {
    let { batch } = start;
    for await (const gathered of training.batches(order.subarray(batch * batchSize), batchSize)) {
      batch++;
      const [rows] = gathered.x.shape;
      const { x, y } = augment ? augmented(augment, gathered, batchDraws(seed, epoch, batch)) : gathered;
      if (own) {
        const step = ownStep(own.trainStep, model, { x, y });
        measured.add(batch, rows, step.measured, step.names);
      } else measured.add(batch, rows, trainStep(model, x, y, forward, classWeights));
      tf.dispose([x, y]);
      const stop = control.stopRequested() && batch < batches;
      if (stop || batch === batches || measured.due) await read(batch);
      if (performance.now() - yielded >= YIELD_INTERVAL) {
        await yieldToEvents();
        yielded = performance.now();
      }
      if (stop) {
        log.flush(batch);
        const seconds = (performance.now() - began) / 1000;
        await checkpoint({ epoch, batch, step, sums, examples, seconds, ...stageOf }, sink, control);
        throw new StoppedError(`Stopped at epoch ${epoch}, batch ${batch}.`);
      }
    }
  } finally {
    measured.dispose();
  }
  log.flush(batches);

  const means: Metrics = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / examples]));
  const held = own
    ? await lookAtSamples(own, job, epoch, control)
    : prefixed("val_", await evaluate(model, validation, rows, forward));
  const seconds = (performance.now() - began) / 1000;
  sink({
    type: "epoch",
    epoch,
    epochs,
    step,
    seconds,
    examplesPerSecond: examples / seconds,
    metrics: { ...means, ...held },
    tensors: tf.memory().numTensors,
  });
  const fault = own?.judge?.({ ...means, ...held }, epoch);
  if (fault !== undefined && !told.has(fault)) {
    told.add(fault);
    sink({ type: "log", level: "warning", message: `Epoch ${epoch}: ${fault}` });
  }
  const next = { ...BEGINNING, epoch: epoch + 1, step, ...stageOf };
  if (control.stopRequested() && epoch < epochs) {
    await checkpoint(next, sink, control);
    throw new StoppedError(`Stopped after epoch ${epoch}.`);
  }
  return next;
}

async function checkpoint(position: CheckpointPosition, sink: EventSink, control: TrainingControl): Promise<void> {
  await control.saveCheckpoint(position);
  sink({ type: "checkpoint", epoch: position.epoch, batch: position.batch, step: position.step });
}

async function finalEvaluation(
  model: LayersModel,
  data: TrainingData<Inputs>,
  stage: Stage,
  sink: EventSink,
): Promise<void> {
  const examples = stage.test();
  try {
    sink({
      type: "evaluation",
      split: data.test ? "test" : "validation",
      ...(await evaluateAnswers(model, examples, stage.rows, stage.forward, data.targetNames)),
      ...(data.classNames ? { classNames: [...data.classNames] } : {}),
    });
  } finally {
    examples.dispose();
  }
}

function prefixed(prefix: string, metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [prefix + name, value]));
}

/** Saves what the recipe makes after an epoch. @returns how different its pictures are, where that can be said. */
async function lookAtSamples(
  { samples }: OwnTraining,
  { model, data }: TrainingJob,
  epoch: number,
  control: TrainingControl,
): Promise<Metrics> {
  if (!samples) return {};
  const made = tf.tidy(() => samples(model));
  const pictures = { data: Float32Array.from(await made.data()), shape: made.shape };
  made.dispose();
  await control.saveSamples(epoch, pictures);
  const [examples] = data.train.x.shape;
  const some = Array.from({ length: Math.min(DIVERSITY_ROWS, examples) }, (_, row) => row);
  const variety = diversity(pictures, await readExamples(data.train.x, some));
  return variety === undefined ? {} : { diversity: variety };
}

/** Of a model that learns by its loss, the loss; of a recipe's own step, any. */
function brokenMetric(metrics: Metrics, own: OwnTraining | undefined): string | undefined {
  const watched = own ? Object.keys(metrics) : ["loss"];
  return watched.find((name) => !Number.isFinite(metrics[name]));
}

function diverged(metric: string, value: number, epoch: number, batch: number, sink: EventSink): UserError {
  const message = `The ${metric} became ${value} at epoch ${epoch}, batch ${batch}.`;
  sink({ type: "log", level: "warning", message });
  return new UserError(
    message,
    "Lower the learning rate, check the data for missing values, or clip the gradients; then train again.",
  );
}
