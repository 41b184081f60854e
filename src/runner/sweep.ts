/** `trainlens sweep`: trains a recipe with many hyperparameters, one run each, and tells which were the best. */
import { Command, Option } from "commander";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { ownStartTime } from "../processes";
import { stringifyLine } from "../protocol/numbers";
import { RUNS_FOLDER, makeRunId } from "../protocol/runFolder";
import { proposedAxis } from "../protocol/searchSpace";
import { SWEEPS_FOLDER, SWEEP_FILES, type Sweep, type TrialRow, bestFirst, goalOf, trialRows } from "../protocol/sweep";
import { type RunSnapshot, readRun } from "../runFolder";
import { type BackendChoice, withBackendChoice } from "./backendChoice";
import { StoppedError, UsageError } from "./errors";
import { RUNNER_DEFAULTS } from "./hyperparameters";
import { collect, indexNumber, positiveNumber, wholeNumber } from "./options";
import { EndingGuard } from "./processEnd";
import { type Recipe, loadRecipe } from "./recipe";
import { RunLock } from "./runLock";
import { StopControl } from "./stopControl";
import { defineSweep, sameSweep } from "./sweep/define";
import { runSweep } from "./sweep/schedule";
import { readSweep, writeSweep } from "./sweep/sweepFile";
import { pointText, sweepTable } from "./sweep/table";
import { metricHistory, trainTrial } from "./sweep/trialProcess";

interface SweepOptions extends BackendChoice {
  set: string[];
  search?: Sweep["search"];
  trials?: string;
  seed: string;
  metric: string;
  stopping: "median" | "none";
  minEpochs: string;
  minTrials: string;
  name?: string;
  show?: boolean;
  json?: boolean;
}

export function sweepCommand(): Command {
  const command = new Command("sweep")
    .description("train a recipe with many hyperparameters, one run each, and tell which were the best")
    .argument("[recipe]", "path of a train.ts or train.js; a sweep that has begun knows it by its --name")
    .option(
      "--set <name=values>",
      "what to try (repeatable): 0.1,0.01 or 32..256, with :log by decades, with :4 four values in a grid",
      collect,
      [],
    )
    .addOption(
      new Option("--search <how>", "every combination, or some at random (default: grid where it can be)").choices([
        "grid",
        "random",
      ]),
    )
    .option("--trials <n>", "of a random search (default: 20)")
    .option("--seed <n>", "of the draws, and of every trial's training", "42")
    .option("--metric <name>", "what to compare by, as val_accuracy", "val_loss")
    .addOption(
      new Option("--stopping <rule>", "give up trials that are worse than the median of those before")
        .choices(["median", "none"])
        .default("median"),
    )
    .option("--min-epochs <n>", "that every trial is given", "3")
    .option("--min-trials <n>", "that must have come to their end before one is given up", "3")
    .option("--name <name>", `of its folder in ${SWEEPS_FOLDER} (default: made of all of this)`)
    .option("--show", "print what could be tried of the recipe's hyperparameters, and train nothing")
    .option("--json", "print one JSON value at the end")
    .addHelpText("after", "\nThe same call again goes on where the sweep was stopped.");
  return withBackendChoice(command).action(sweep);
}

async function sweep(recipePath: string | undefined, options: SweepOptions): Promise<void> {
  if (options.show === true) return await show(recipePath, options);
  const wanted = recipePath === undefined ? undefined : await define(recipePath, options);
  const name = wanted?.name ?? options.name;
  if (name === undefined) throw new UsageError("No recipe is given.", "Write: trainlens sweep <recipe> --set …");
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name))
    throw new UsageError(`"${name}" is no name for a folder.`, "Take letters, digits, '.', '_' and '-'.");
  const folder = path.resolve(SWEEPS_FOLDER, name);
  const lock = await RunLock.take(folder, "sweep");
  try {
    await work(folder, await begunOrNew(folder, name, wanted), options);
  } finally {
    lock.release();
  }
}

/** @throws UsageError where another sweep has the name, or none has. */
async function begunOrNew(folder: string, name: string, wanted: Sweep | undefined): Promise<Sweep> {
  const begun = await readSweep(folder);
  if (!begun && !wanted)
    throw new UsageError(
      `There is no sweep ${name} here.`,
      "Give a recipe to begin it: trainlens sweep <recipe> --set …",
    );
  if (begun && wanted && !sameSweep(begun, wanted))
    throw new UsageError(
      `The sweep ${name} was begun with other options.`,
      `Go on with it by trainlens sweep --name ${name}, or give another --name.`,
    );
  return begun ?? (wanted as Sweep);
}

async function work(folder: string, begun: Sweep, { json }: SweepOptions): Promise<void> {
  // A stop that was asked of the process before is not for this one.
  await rm(path.join(folder, SWEEP_FILES.stop), { force: true });
  const control = new StopControl();
  control.watch(folder);
  const say = (text: string): void => void (json === true || process.stdout.write(text));
  const own = { pid: process.pid, startedAt: ownStartTime(), host: os.hostname() };
  const runFolder = (run: string): string => path.resolve(RUNS_FOLDER, run);
  let latest: Sweep = { ...begun, process: own };
  await writeSweep(folder, latest);
  say(`Sweep: ${folder}\n${begun.trials.length} trials, ${begun.search}, by the ${begun.goal} ${begun.metric}\n`);
  try {
    latest = await runSweep(latest, {
      stopRequested: control.stopRequested,
      save: async (sweep) => {
        latest = sweep;
        await writeSweep(folder, sweep);
      },
      makeRunId: () => makeRunId(new Date(), begun.recipe.name),
      history: async (run) => {
        const snapshot = await readRun(runFolder(run));
        return snapshot ? metricHistory(snapshot.state, begun.metric) : [];
      },
      train: async (trial, number, worse) => {
        say(`Trial ${number} of ${begun.trials.length}: ${pointText(trial.values)}\n`);
        const { stopRequested } = control;
        const end = await trainTrial({
          sweep: latest,
          trial,
          number,
          runFolder: runFolder(trial.run),
          stopRequested,
          worse,
        });
        say(
          `  ${end.outcome === "cut" ? "stopped" : end.outcome}${end.failure === undefined ? "" : `: ${end.failure}`}\n`,
        );
        return end;
      },
    });
    await report(folder, latest, json === true);
  } finally {
    // The last of its work: whoever sees it gone may begin at once.
    const { process: _gone, ...rest } = latest;
    latest = rest;
    await writeSweep(folder, latest);
    await control.dispose();
  }
  if (latest.trials.some(({ outcome }) => outcome === undefined))
    throw new StoppedError(`Stopped. It goes on by: trainlens sweep --name ${latest.name}`);
}

async function report(folder: string, sweep: Sweep, json: boolean): Promise<void> {
  const runs = new Map<string, RunSnapshot>();
  for (const { run } of sweep.trials) {
    const snapshot = run === undefined ? undefined : await readRun(path.resolve(RUNS_FOLDER, run));
    if (snapshot) runs.set(snapshot.manifest.id, snapshot);
  }
  const rows: TrialRow[] = bestFirst(
    trialRows(sweep, (id) => runs.get(id)),
    sweep.goal,
  );
  const { name, metric, goal } = sweep;
  process.stdout.write(
    json ? `${stringifyLine({ name, folder, metric, goal, trials: rows })}\n` : `\n${sweepTable(sweep, rows)}`,
  );
}

async function define(recipePath: string, options: SweepOptions): Promise<Sweep> {
  const recipe = await load(recipePath);
  const { set, search, metric, name, backend, libtensorflow, python } = options;
  return defineSweep(
    {
      recipe,
      set,
      search,
      trials: options.trials === undefined ? undefined : count("--trials", options.trials),
      seed: wholeNumber("--seed", options.seed),
      metric,
      stopping:
        options.stopping === "none"
          ? { rule: "none" }
          : {
              rule: "median",
              minEpochs: indexNumber("--min-epochs", options.minEpochs),
              minTrials: count("--min-trials", options.minTrials),
            },
      backend: {
        ...(backend ? { backend } : {}),
        ...(libtensorflow ? { libtensorflow } : {}),
        ...(python ? { python } : {}),
      },
      name,
    },
    Date.now(),
  );
}

function count(option: string, text: string): number {
  return wholeNumber(option, String(positiveNumber(option, text)));
}

async function load(recipePath: string): Promise<Recipe> {
  const guard = new EndingGuard(() => false);
  try {
    return await guard.during("The recipe's module", loadRecipe(recipePath));
  } finally {
    guard.dispose();
  }
}

/** What could be tried, for people or, with --json, for the extension. */
async function show(recipePath: string | undefined, { json, metric }: SweepOptions): Promise<void> {
  if (recipePath === undefined) throw new UsageError("No recipe is given.", "Write: trainlens sweep <recipe> --show");
  const { name, hyperparameters } = await load(recipePath);
  const all = Object.entries({ ...RUNNER_DEFAULTS, ...hyperparameters }).map(([name, value]) => ({
    name,
    value,
    proposal: proposedAxis(name, value),
  }));
  if (json === true) {
    process.stdout.write(`${stringifyLine({ recipe: name, metric, goal: goalOf(metric), hyperparameters: all })}\n`);
    return;
  }
  for (const { name, value, proposal } of all)
    process.stdout.write(
      `${name} = ${String(value)}${proposal === undefined ? "" : `    --set ${name}=${proposal}`}\n`,
    );
}
