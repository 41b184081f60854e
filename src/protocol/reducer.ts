/**
 * A run's state is a pure fold over its events: `events.reduce(runReducer, initialRunState)`.
 * The host, the webviews, the command line and the tests all use this one.
 */
import type { NewRunEvent, RunEvent, RunEventOf, RunFailure } from "./events";
import type { Metrics } from "./numbers";

/** Where the process is, as far as its own events tell. */
export type RunPhase =
  | { kind: "created" }
  | { kind: "training" }
  | { kind: "ended"; outcome: "done" | "stopped" | "failed"; at: number; error?: RunFailure };

export interface RunState {
  phase: RunPhase;
  /** The process that writes, once it has said so. */
  process?: { pid: number; startedAt: number; host: string };
  /** Time of the first event and of the last one. */
  firstTime?: number;
  lastTime?: number;
  /** Seconds that processes have worked on it, pauses between stop and resume left out. */
  activeSeconds: number;
  /** How many times it was resumed. */
  resumes: number;
  backend?: RunEventOf<"backend">;
  data?: RunEventOf<"data">;
  model?: RunEventOf<"model">;
  /** Where the model is of trees. */
  trees?: RunEventOf<"trees">;
  /** Per-batch values, in order of step; `batchSeries` flattens them. */
  batches: readonly RunEventOf<"batches">[];
  epochs: readonly RunEventOf<"epoch">[];
  /** One an epoch, in their order. */
  samples: readonly RunEventOf<"samples">[];
  checkpoint?: RunEventOf<"checkpoint">;
  evaluation?: RunEventOf<"evaluation">;
  /** While it trains once more to compare; then what came of it. */
  comparison?: RunEventOf<"comparison"> | RunEventOf<"compared">;
  savedModel?: string;
  explanations: readonly RunEventOf<"explained">[];
  logs: readonly RunEventOf<"log">[];
  /** While a file is downloaded that the model needs. */
  download?: { file: string; done: number; total: number };
  progress?: { done: number; total: number; message?: string };
}

export const initialRunState: RunState = {
  phase: { kind: "created" },
  activeSeconds: 0,
  resumes: 0,
  batches: [],
  epochs: [],
  samples: [],
  explanations: [],
  logs: [],
};

type Handlers = { [T in RunEvent["type"]]: (state: RunState, event: RunEventOf<T>) => RunState };

const handlers: Handlers = {
  started: (state, event) => {
    const process = { pid: event.pid, startedAt: event.processStartedAt, host: event.host };
    const { progress: _old, download: _cut, ...rest } = state;
    const base: RunState = { ...rest, phase: { kind: "training" }, process };
    if (!event.resumed) return base;
    const { step, epoch } = event.resumed;
    return {
      ...base,
      resumes: state.resumes + 1,
      batches: state.batches.flatMap((chunk) => truncateBatches(chunk, step)),
      epochs: state.epochs.filter((e) => e.step <= step && e.epoch <= epoch),
      samples: state.samples.filter((s) => s.epoch < epoch),
    };
  },
  backend: (state, event) => ({ ...state, backend: event }),
  data: (state, event) => ({ ...state, data: event }),
  model: ({ download: _done, ...state }, event) => ({ ...state, model: event }),
  trees: (state, event) => ({ ...state, trees: event }),
  // Training goes on: what the process before it found at its end is no longer true of the model.
  batches: ({ evaluation: _stale, comparison: _too, savedModel: _old, ...state }, event) => ({
    ...state,
    batches: [...state.batches, event],
  }),
  epoch: (state, event) => ({ ...state, epochs: [...state.epochs, event] }),
  samples: (state, event) => ({ ...state, samples: [...state.samples, event] }),
  checkpoint: (state, event) => ({ ...state, checkpoint: event }),
  evaluation: (state, event) => ({ ...state, evaluation: event }),
  comparison: (state, event) => ({ ...state, comparison: event }),
  compared: (state, event) => ({ ...state, comparison: event }),
  saved: (state, event) => ({ ...state, savedModel: event.path }),
  explained: (state, event) => ({
    ...state,
    explanations: [...state.explanations.filter((e) => e.path !== event.path), event],
  }),
  progress: (state, event) => ({
    ...state,
    progress: {
      done: event.done,
      total: event.total,
      ...(event.message === undefined ? {} : { message: event.message }),
    },
  }),
  download: (state, { file, done, total }) => ({ ...state, download: { file, done, total } }),
  log: (state, event) => ({ ...state, logs: [...state.logs, event] }),
  ended: ({ download: _cut, ...state }, event) => ({
    ...state,
    phase: { kind: "ended", outcome: event.outcome, at: event.time, ...(event.error ? { error: event.error } : {}) },
  }),
};

/** Events that do not belong to training: they come after it and do not lengthen it. */
const OUTSIDE_TRAINING: readonly RunEvent["type"][] = ["explained", "progress"];

/** The state after one more event. Never changes its argument. */
export function runReducer(state: RunState, event: RunEvent): RunState {
  const handle = handlers[event.type] as (state: RunState, event: RunEvent) => RunState;
  const next = handle(state, event);
  if (OUTSIDE_TRAINING.includes(event.type)) return next;
  const idle = event.type === "started" || state.lastTime === undefined;
  return {
    ...next,
    firstTime: state.firstTime ?? event.time,
    lastTime: event.time,
    activeSeconds: state.activeSeconds + (idle ? 0 : Math.max(0, event.time - (state.lastTime ?? event.time)) / 1000),
  };
}

/** What of a chunk stands at or before `step`. */
function truncateBatches(chunk: RunEventOf<"batches">, step: number): RunEventOf<"batches">[] {
  const keep = step - chunk.firstStep + 1;
  const length = chunkLength(chunk);
  if (keep <= 0) return [];
  if (keep >= length) return [chunk];
  const metrics = Object.fromEntries(
    Object.entries(chunk.metrics).map(([name, values]) => [name, values.slice(0, keep)]),
  );
  return [{ ...chunk, metrics, batch: chunk.batch - (length - keep) }];
}

function chunkLength(chunk: RunEventOf<"batches">): number {
  return Math.max(0, ...Object.values(chunk.metrics).map((values) => values.length));
}

/** The per-batch curve of every metric: `steps` ascending, each array as long as `steps`, NaN where a batch had no value. */
export function batchSeries(state: RunState): { steps: number[]; metrics: Record<string, number[]> } {
  const names = [...new Set(state.batches.flatMap((chunk) => Object.keys(chunk.metrics)))];
  const steps: number[] = [];
  const metrics: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (const chunk of state.batches) {
    for (let i = 0; i < chunkLength(chunk); i++) {
      steps.push(chunk.firstStep + i);
      for (const name of names) metrics[name].push(chunk.metrics[name]?.[i] ?? Number.NaN);
    }
  }
  return { steps, metrics };
}

/** Where training stands: the last batch seen. Undefined before the first. */
export function trainingPosition(state: RunState):
  | {
      epoch: number;
      epochs: number;
      batch: number;
      batchesPerEpoch: number;
      fraction: number;
      examplesPerSecond: number;
    }
  | undefined {
  const last = state.batches.at(-1);
  if (!last) return undefined;
  const done = last.epoch - 1 + last.batch / Math.max(1, last.batchesPerEpoch);
  return {
    epoch: last.epoch,
    epochs: last.epochs,
    batch: last.batch,
    batchesPerEpoch: last.batchesPerEpoch,
    fraction: Math.min(1, done / Math.max(1, last.epochs)),
    examplesPerSecond: last.examplesPerSecond,
  };
}

/** Seconds until the last epoch's end, from the pace of this process so far; undefined before there is one. */
export function remainingSeconds(state: RunState): number | undefined {
  const position = trainingPosition(state);
  const last = state.batches.at(-1);
  if (!position || !last) return undefined;
  const recent = state.epochs.at(-1);
  const left = last.epochs * (1 - position.fraction);
  if (recent) return recent.seconds * left;
  const perEpoch = (state.data?.train ?? 0) / Math.max(1e-9, position.examplesPerSecond);
  return perEpoch > 0 ? perEpoch * left : undefined;
}

/** The value of each metric in the last finished epoch, or of the last batch before there is one. */
export function latestMetrics(state: RunState): Metrics {
  const epoch = state.epochs.at(-1);
  if (epoch) return epoch.metrics;
  const chunk = state.batches.at(-1);
  if (!chunk) return {};
  return Object.fromEntries(
    Object.entries(chunk.metrics).flatMap(([name, values]) => {
      const value = values.at(-1);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The metric by which runs are compared: validation accuracy where there is one, else the lowest loss. */
export function bestMetric(state: RunState): { name: string; value: number; epoch: number } | undefined {
  const preference = ["val_accuracy", "val_acc", "accuracy", "acc", "val_loss", "loss"];
  const names = Object.keys(state.epochs.at(-1)?.metrics ?? {});
  const name = preference.find((candidate) => names.includes(candidate));
  if (name === undefined) return undefined;
  const better = name.endsWith("loss") ? (a: number, b: number) => a < b : (a: number, b: number) => a > b;
  let best: { name: string; value: number; epoch: number } | undefined;
  for (const { metrics, epoch } of state.epochs) {
    const value = metrics[name];
    if (value !== undefined && Number.isFinite(value) && (!best || better(value, best.value)))
      best = { name, value, epoch };
  }
  return best;
}

/** What the events cannot know: whether the process still lives, and whether somebody asked it to stop. */
export interface ProcessFacts {
  alive: boolean;
  stopRequested: boolean;
}

export type RunStatus = "starting" | "running" | "stopping" | "done" | "stopped" | "failed" | "crashed";

/** The one word a user reads. A process that is gone without an ending event has crashed, unless it was told to stop. */
export function runStatus(state: RunState, facts: ProcessFacts): RunStatus {
  if (state.phase.kind === "ended") return state.phase.outcome;
  if (facts.alive) {
    if (facts.stopRequested) return "stopping";
    return state.batches.length === 0 ? "starting" : "running";
  }
  return facts.stopRequested ? "stopped" : "crashed";
}

/** Whether a run in this status still has a process. */
export function isActive(status: RunStatus): boolean {
  return status === "starting" || status === "running" || status === "stopping";
}

/** Whether training can go on from a checkpoint. */
export function canResume(state: RunState, status: RunStatus): boolean {
  return state.checkpoint !== undefined && (status === "stopped" || status === "crashed" || status === "failed");
}

/** Stamps an event with its time. */
export function stamp(event: NewRunEvent, time: number = Date.now()): RunEvent {
  return { ...event, time };
}
