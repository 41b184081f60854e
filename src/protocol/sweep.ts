/** `sweep.json`: what a sweep tries, and how far it has come. What a trial measured stands in its run's events alone. */
import * as v from "valibot";
import { parseAs } from "./json";
import type { Metrics } from "./numbers";
import { type ProcessFacts, type RunState, type RunStatus, runStatus, trainingPosition } from "./reducer";
import { Hyperparameter } from "./runManifest";
import { SearchSpace } from "./searchSpace";

export const SWEEP_VERSION = 1;

/** Where sweeps live, relative to the workspace folder: beside the runs, which their trials are. */
export const SWEEPS_FOLDER = ".trainlens/sweeps";

/** File names inside a sweep's folder. */
export const SWEEP_FILES = {
  sweep: "sweep.json",
  output: "output.log",
  /** Present when somebody asked the sweep to stop. */
  stop: "stop",
} as const;

/** How a trial came to its end; one that was cut off has none, and is resumed. */
const Outcome = v.picklist(["done", "pruned", "stopped", "failed"]);
export type Outcome = v.InferOutput<typeof Outcome>;

const Trial = v.object({
  values: v.record(v.string(), Hyperparameter),
  /** The id of its run, once it has begun. */
  run: v.optional(v.string()),
  outcome: v.optional(Outcome),
});
export type Trial = v.InferOutput<typeof Trial>;

/** When a trial is given up; see `medianStopping`. */
const Stopping = v.variant("rule", [
  v.object({
    rule: v.literal("median"),
    /** Epochs that every trial is given. */
    minEpochs: v.number(),
    /** Trials that must have come to their end first. */
    minTrials: v.number(),
  }),
  v.object({ rule: v.literal("none") }),
]);
export type Stopping = v.InferOutput<typeof Stopping>;

export const Sweep = v.object({
  version: v.literal(SWEEP_VERSION),
  name: v.string(),
  /** ms since 1970. */
  created: v.number(),
  recipe: v.object({ name: v.string(), path: v.string() }),
  space: SearchSpace,
  search: v.picklist(["grid", "random"]),
  /** Of the draws, and of every trial's training. */
  seed: v.number(),
  /** Of an epoch, as the run's events name it. */
  metric: v.string(),
  goal: v.picklist(["lowest", "highest"]),
  stopping: Stopping,
  backend: v.object({
    name: v.string(),
    libtensorflow: v.optional(v.picklist(["bundled", "python"])),
    python: v.optional(v.string()),
  }),
  trials: v.array(Trial),
  /** The process that works on it, while one does. */
  process: v.optional(v.object({ pid: v.number(), startedAt: v.number(), host: v.string() })),
});
export type Sweep = v.InferOutput<typeof Sweep>;
export type Goal = Sweep["goal"];

/** The sweep in a text, or undefined where it is none. */
export function parseSweep(text: string): Sweep | undefined {
  return parseAs(Sweep, text);
}

/** What `trainlens sweep --show --json` prints. */
const Shown = v.object({
  hyperparameters: v.array(v.object({ name: v.string(), value: Hyperparameter, proposal: v.optional(v.string()) })),
});
export type ShownHyperparameter = v.InferOutput<typeof Shown>["hyperparameters"][number];

/** @throws SyntaxError, ValiError */
export function parseShown(text: string): ShownHyperparameter[] {
  return v.parse(Shown, JSON.parse(text)).hyperparameters;
}

/** Whether more of a metric is better: of shares of right answers and R², not of losses and errors. */
export function goalOf(metric: string): Goal {
  return /acc|r2|auc|precision|recall|f1|diversity/i.test(metric) ? "highest" : "lowest";
}

export function isBetter(a: number, b: number, goal: Goal): boolean {
  return goal === "lowest" ? a < b : a > b;
}

/** The best finite value of a metric over epochs, and its epoch; undefined where there is none. */
export function bestEpoch(
  epochs: readonly { epoch: number; metrics: Metrics }[],
  metric: string,
  goal: Goal,
): { value: number; epoch: number } | undefined {
  let best: { value: number; epoch: number } | undefined;
  for (const { epoch, metrics } of epochs) {
    const value = metrics[metric];
    if (value === undefined || !Number.isFinite(value)) continue;
    if (!best || isBetter(value, best.value, goal)) best = { value, epoch };
  }
  return best;
}

export type TrialStatus = "waiting" | "pruned" | RunStatus;

/** A trial as a table shows it. */
export interface TrialRow {
  /** From 1, in the order of the sweep. */
  number: number;
  values: Record<string, Hyperparameter>;
  run?: string;
  status: TrialStatus;
  best?: { value: number; epoch: number };
  /** Epochs that are finished, and how many there are to be; 0 before that is known. */
  epoch: number;
  epochs: number;
  seconds: number;
}

/** A trial's run, where it is there. */
export interface TrialRun {
  state: RunState;
  facts: ProcessFacts;
}

/** The trials in the order of the sweep. @param runOf the run of an id; undefined where it has none or was deleted. */
export function trialRows(sweep: Sweep, runOf: (id: string) => TrialRun | undefined): TrialRow[] {
  return sweep.trials.map(({ values, run: id, outcome }, i) => {
    const run = id === undefined ? undefined : runOf(id);
    const best = run && bestEpoch(run.state.epochs, sweep.metric, sweep.goal);
    return {
      number: i + 1,
      values,
      ...(run && id !== undefined ? { run: id } : {}),
      status: outcome === "pruned" ? "pruned" : run ? runStatus(run.state, run.facts) : (outcome ?? "waiting"),
      ...(best ? { best } : {}),
      epoch: run?.state.epochs.at(-1)?.epoch ?? 0,
      epochs: (run && trainingPosition(run.state)?.epochs) ?? 0,
      seconds: run?.state.activeSeconds ?? 0,
    };
  });
}

/** The best first; those without a value last, in the order of the sweep. */
export function bestFirst(rows: readonly TrialRow[], goal: Goal): TrialRow[] {
  return [...rows].sort((a, b) => {
    if (a.best && b.best) return (goal === "lowest" ? 1 : -1) * (a.best.value - b.best.value) || a.number - b.number;
    return Number(b.best !== undefined) - Number(a.best !== undefined) || a.number - b.number;
  });
}

export type SweepStatus = "running" | "stopping" | "stopped" | "done";

/** @param facts whether its process lives, and whether a stop was asked for. */
export function sweepStatus({ trials }: Sweep, { alive, stopRequested }: ProcessFacts): SweepStatus {
  if (alive) return stopRequested ? "stopping" : "running";
  return trials.every(({ outcome }) => outcome !== undefined) ? "done" : "stopped";
}
