/**
 * The events of a run: one JSON object a line in `events.jsonl`, appended by whoever trains.
 *
 * The schemas are the types: `parseEventLine` is the one door through which events enter a process.
 * Every event carries `time`, milliseconds since 1970. An unknown type is ignored by readers, so a
 * newer writer does not break an older reader.
 */
import * as v from "valibot";
import { DataReport } from "./dataReport";
import { MetricValue, stringifyLine } from "./numbers";
import { Predictions } from "./regression";
import { Hyperparameter } from "./runManifest";

const time = v.number();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const metrics = v.record(v.string(), MetricValue);
const shape = v.array(v.nullable(v.number()));

/** A process began to write this run: the first event, and again at each resume. */
const Started = v.object({
  type: v.literal("started"),
  time,
  pid: count,
  /** When the operating system started that process, ms since 1970: tells a reused pid apart. */
  processStartedAt: v.number(),
  host: v.string(),
  /** Where a resumed run goes on: everything logged at or past this point is superseded. */
  resumed: v.optional(v.object({ epoch: count, batch: count, step: count })),
});

/** The backend that runs the numerics, and why each better one was passed over. */
const Backend = v.object({
  type: v.literal("backend"),
  time,
  name: v.string(),
  /** What it runs on, for people: "AMD EPYC 9B14, SIMD, 2 threads". */
  device: v.string(),
  version: v.string(),
  /** One sentence: why this one. */
  reason: v.string(),
  /** Of the device's own driver, where it has one. */
  driver: v.optional(v.string()),
  /** Better ones that could not be used: why, and what would help. */
  passedOver: v.array(v.object({ name: v.string(), reason: v.string(), fix: v.optional(v.string()) })),
});

/** Sizes of the data's splits. */
const Data = v.object({
  type: v.literal("data"),
  time,
  name: v.optional(v.string()),
  train: count,
  validation: count,
  test: v.optional(count),
  /** Shape of one example, without the batch axis. */
  inputShape: v.array(count),
  classNames: v.optional(v.array(v.string())),
  /** A hash of the training data's bytes: two runs with the same one have trained on the same data. */
  fingerprint: v.optional(v.string()),
  /** What is done to training batches, step by step, as "randomRotation 0.05". */
  augmentation: v.optional(v.array(v.string())),
  /** What was found in it; absent in runs of older versions. */
  report: v.optional(DataReport),
});

/** The model as built. FLOPs are for one example's forward pass; a multiply-add counts as two. */
const Model = v.object({
  type: v.literal("model"),
  time,
  name: v.string(),
  layers: v.array(
    v.object({
      name: v.string(),
      className: v.string(),
      outputShape: shape,
      parameters: count,
      trainable: v.boolean(),
      flops: v.number(),
    }),
  ),
  parameters: count,
  trainableParameters: count,
  flops: v.number(),
  optimizer: v.string(),
  loss: v.string(),
  metrics: v.array(v.string()),
});

/**
 * A model of trees, in place of `model`. What an epoch is there: of a forest, a tree more; of a single tree, a level more of
 * its splits.
 */
const Trees = v.object({
  type: v.literal("trees"),
  time,
  kind: v.picklist(["decision tree", "random forest"]),
  task: v.picklist(["classification", "regression"]),
  /** How many it will have. */
  trees: count,
  features: count,
});

/** Consecutive batches of one epoch, gathered by time (10 events a second at most); every batch keeps its own value. */
const Batches = v.object({
  type: v.literal("batches"),
  time,
  /** From 1. */
  epoch: count,
  epochs: count,
  /** Global step of the first batch in `metrics`, from 1 over the whole run. */
  firstStep: count,
  /** Number of the last batch in `metrics` within its epoch, from 1. */
  batch: count,
  batchesPerEpoch: count,
  /** One value a batch, the arrays of one length. */
  metrics: v.record(v.string(), v.array(MetricValue)),
  examplesPerSecond: v.number(),
});

/** An epoch's end. `metrics` has `loss`, `val_loss` and so on. */
const Epoch = v.object({
  type: v.literal("epoch"),
  time,
  epoch: count,
  epochs: count,
  step: count,
  seconds: v.number(),
  examplesPerSecond: v.number(),
  metrics,
  /** Live tensors of the engine: constant from epoch to epoch in a recipe that does not leak. */
  tensors: v.optional(count),
});

/** Pictures that the model has made after an epoch, written to the run folder. */
const Samples = v.object({
  type: v.literal("samples"),
  time,
  epoch: count,
  /** Of the PNG, relative to the run folder. */
  path: v.string(),
  /** That PNG, base64: small enough that whoever shows it needs no other file. */
  png: v.pipe(v.string(), v.base64()),
  width: count,
  height: count,
});

/** A complete checkpoint is on disk. It stands before batch `batch` + 1 of `epoch`. */
const Checkpoint = v.object({ type: v.literal("checkpoint"), time, epoch: count, batch: count, step: count });

/** The final evaluation on held-out data. */
const Evaluation = v.object({
  type: v.literal("evaluation"),
  time,
  split: v.string(),
  metrics,
  /** Rows are the true class, columns the predicted one. */
  confusion: v.optional(v.array(v.array(count))),
  classNames: v.optional(v.array(v.string())),
  /** Of a model of quantities: one each. */
  predictions: v.optional(v.array(Predictions)),
});

/** An epoch of training once more, with these hyperparameters in place of the run's, for comparison. */
const Comparison = v.object({
  type: v.literal("comparison"),
  time,
  hyperparameters: v.record(v.string(), Hyperparameter),
  epoch: count,
  epochs: count,
  metrics,
});

/** Scores on held-out data; rows of the confusion are the true class. */
const Scores = v.object({ metrics, confusion: v.optional(v.array(v.array(count))) });

/** What came of it, beside the run's own model, on the same data. */
const Compared = v.object({
  type: v.literal("compared"),
  time,
  hyperparameters: v.record(v.string(), Hyperparameter),
  split: v.string(),
  classNames: v.optional(v.array(v.string())),
  compared: Scores,
  asTrained: Scores,
});

/** The model was written to the run folder. */
const Saved = v.object({ type: v.literal("saved"), time, path: v.string() });

/** An explanation was written; `path` is relative to the run folder. */
const Explained = v.object({
  type: v.literal("explained"),
  time,
  name: v.string(),
  path: v.string(),
  method: v.string(),
  samples: count,
  /** Rows; 0 where there is none, or it is not known. */
  background: count,
  /** Not there where a recipe's own code has explained. */
  seconds: v.optional(v.number()),
  /** max over samples and outputs of |sum(phi) + E[f] - f(x)|. */
  additivityError: MetricValue,
});

/** Progress of a command that is no training (explain): on stdout with --json, not in the run folder. */
const Progress = v.object({
  type: v.literal("progress"),
  time,
  done: v.number(),
  total: v.number(),
  message: v.optional(v.string()),
});

/** How far a file is that a model needs and that is not here yet, in bytes. */
const Download = v.object({
  type: v.literal("download"),
  time,
  file: v.string(),
  done: count,
  total: count,
});

/** Something a user should read. */
const Log = v.object({
  type: v.literal("log"),
  time,
  level: v.picklist(["info", "warning", "error"]),
  message: v.string(),
});

export const RunFailure = v.object({
  name: v.string(),
  message: v.string(),
  /** What to do next, where we know. */
  advice: v.optional(v.string()),
  stack: v.optional(v.string()),
});
export type RunFailure = v.InferOutput<typeof RunFailure>;

/** The last event of a process that ended in good order. */
const Ended = v.object({
  type: v.literal("ended"),
  time,
  outcome: v.picklist(["done", "stopped", "failed"]),
  error: v.optional(RunFailure),
});

export const RunEvent = v.variant("type", [
  Started,
  Backend,
  Data,
  Model,
  Trees,
  Batches,
  Epoch,
  Samples,
  Checkpoint,
  Evaluation,
  Comparison,
  Compared,
  Saved,
  Explained,
  Progress,
  Download,
  Log,
  Ended,
]);
export type RunEvent = v.InferOutput<typeof RunEvent>;
export type RunEventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** An event as its writer makes it, before the sink stamps the time. */
export type NewRunEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "time"> : never) : never;

/** Where events go: a file, stdout, a test's array. */
export type EventSink = (event: NewRunEvent) => void;

/** One whole line with its newline. */
export function formatEventLine(event: RunEvent): string {
  return stringifyLine(event) + "\n";
}

/** The event on a line, or undefined for an unknown type, a torn line or anything malformed. */
export function parseEventLine(line: string): RunEvent | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const result = v.safeParse(RunEvent, json);
  return result.success ? result.output : undefined;
}

/**
 * Splits a growing text into events and keeps what is not yet a whole line.
 *
 * @returns the events of all complete lines in `text`, and `rest`, to be put before the next text.
 */
export function parseEvents(text: string): { events: RunEvent[]; rest: string } {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  return { events: lines.flatMap((line) => parseEventLine(line) ?? []), rest };
}

/** Takes a growing text a piece at a time, as a process writes it, and calls for each event that it completes. */
export function eventReader(onEvent: (event: RunEvent) => void): (text: string) => void {
  let unread = "";
  return (text) => {
    const { events, rest } = parseEvents(unread + text);
    unread = rest;
    events.forEach(onEvent);
  };
}
