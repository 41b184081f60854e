/** A trial's training, in a process of its own: what a user could type, watched by its events. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { RUN_FILES } from "../../protocol/runFolder";
import type { Sweep, Trial } from "../../protocol/sweep";
import { type RunState, initialRunState, runReducer } from "../../protocol/reducer";
import { isSameProcess } from "../../processes";
import { EventTail, readManifest, readRun } from "../../runFolder";
import { UserError } from "../errors";
import type { TrialEnd } from "./schedule";

/** Between two looks at what a trial has written, ms. */
const LOOK_INTERVAL = 100;

/** What of a process's words is shown where it could not begin, characters. */
const LAST_WORDS = 2000;

export interface TrialJob {
  sweep: Sweep;
  trial: Trial & { run: string };
  number: number;
  /** Absolute. */
  runFolder: string;
  stopRequested: () => boolean;
  worse: (history: readonly number[]) => boolean;
}

/**
 * Trains to the trial's end, from its checkpoint where it has one. A process of an earlier sweep that still trains it
 * is followed.
 *
 * @throws UserError where the process ends before it has a run, or the run reports no such metric: no other trial would
 * do better.
 */
export async function trainTrial(job: TrialJob): Promise<TrialEnd> {
  const { sweep, runFolder, stopRequested, worse } = job;
  const before = await readRun(runFolder);
  const ended = before?.state.phase.kind === "ended" && before.state.phase.outcome !== "stopped";
  if (before && ended) return endOf(before.state, undefined, stopRequested);
  const child = before?.facts.alive ? undefined : await begin(job, before?.state.checkpoint !== undefined);
  const tail = new EventTail(path.join(runFolder, RUN_FILES.events));
  let state = initialRunState;
  let asked: Asked | undefined;
  let problem: UserError | undefined;
  for (;;) {
    const gone = child ? await Promise.race([child.ended, sleep(LOOK_INTERVAL, false)]) : await isGone(state);
    // Batches are the most, and tell nothing here.
    for (const event of await tail.read()) if (event.type !== "batches") state = runReducer(state, event);
    if (gone) break;
    if (asked !== undefined) continue;
    problem = unknownMetric(state, sweep.metric);
    const wanted =
      stopRequested() || problem ? "cut" : worse(metricHistory(state, sweep.metric)) ? "pruned" : undefined;
    if (wanted === undefined || !(await readManifest(runFolder))) continue;
    await writeFile(path.join(runFolder, RUN_FILES.stop), "");
    asked = wanted;
  }
  problem ??= unknownMetric(state, sweep.metric);
  if (problem) throw problem;
  if (!(await readManifest(runFolder))) throw await neverBegun(runFolder, child);
  return endOf(state, asked, stopRequested);
}

/** What the trial was asked to stop for. */
type Asked = "pruned" | "cut";

/** Of a process that is not our own, some time later. */
async function isGone({ process }: RunState): Promise<boolean> {
  await sleep(LOOK_INTERVAL);
  return process !== undefined && !(await isSameProcess(process.pid, process.startedAt));
}

/** The metric's value of each epoch that is finished, NaN where one has none. */
export function metricHistory({ epochs }: RunState, metric: string): number[] {
  return epochs.map(({ metrics }) => metrics[metric] ?? NaN);
}

function unknownMetric({ epochs: [first] }: RunState, metric: string): UserError | undefined {
  if (!first || Object.hasOwn(first.metrics, metric)) return undefined;
  const names = Object.keys(first.metrics);
  return new UserError(
    `The recipe reports no "${metric}" after an epoch. It reports: ${names.join(", ")}.`,
    `Give one of them, say --metric ${names.find((name) => name.startsWith("val_")) ?? names[0]}.`,
  );
}

function endOf({ phase }: RunState, asked: Asked | undefined, stopRequested: () => boolean): TrialEnd {
  // Ended by the system, or with us: then it goes on another time.
  if (phase.kind !== "ended")
    return asked === "cut" || stopRequested()
      ? { outcome: "cut" }
      : { outcome: "failed", failure: "its process is gone without an ending." };
  switch (phase.outcome) {
    case "done":
      return { outcome: "done" };
    case "failed":
      return { outcome: "failed", ...(phase.error ? { failure: phase.error.message } : {}) };
    case "stopped":
      // Ctrl+C reaches the trial as well as us.
      return { outcome: stopRequested() ? "cut" : (asked ?? "stopped") };
  }
}

interface Running {
  process: ChildProcess;
  ended: Promise<true>;
}

async function begin({ sweep, trial, number, runFolder }: TrialJob, resumed: boolean): Promise<Running> {
  const { recipe, backend, seed } = sweep;
  // A stop that was asked of the process before is not for this one.
  await rm(path.join(runFolder, RUN_FILES.stop), { force: true });
  // Without a checkpoint it begins anew.
  if (!resumed) await rm(runFolder, { recursive: true, force: true });
  const args = resumed
    ? ["train", "--resume", "--run", runFolder]
    : [
        ...["train", recipe.path, "--run", runFolder, "--seed", String(seed), "--trial-of", `${sweep.name}/${number}`],
        ...["--backend", backend.name],
        ...(backend.libtensorflow ? ["--libtensorflow", backend.libtensorflow] : []),
        ...(backend.python ? ["--python", backend.python] : []),
        ...Object.entries(trial.values).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
      ];
  await mkdir(runFolder, { recursive: true });
  const log = await open(path.join(runFolder, RUN_FILES.output), "a");
  try {
    const child = spawn(process.execPath, [process.argv[1], ...args], { stdio: ["ignore", log.fd, log.fd] });
    const ended = new Promise<true>((resolve, reject) => {
      child.once("exit", () => resolve(true));
      child.once("error", (error) => reject(new UserError(`A trial's process cannot be started: ${error.message}.`)));
    });
    return { process: child, ended };
  } finally {
    await log.close();
  }
}

/** In the process's own words. The folder goes: it holds nothing else. */
async function neverBegun(runFolder: string, child: Running | undefined): Promise<UserError> {
  const words = await readFile(path.join(runFolder, RUN_FILES.output), "utf8").catch(() => "");
  await rm(runFolder, { recursive: true, force: true });
  const code = child?.process.exitCode ?? child?.process.signalCode ?? "none";
  return new UserError(`The recipe cannot be trained (exit code ${code}).`, words.trim().slice(-LAST_WORDS));
}
