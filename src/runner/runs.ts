/** `trainlens runs`: the runs of a folder, newest first. */
import { Command } from "commander";
import path from "node:path";
import process from "node:process";
import { stringifyLine } from "../protocol/numbers";
import { bestMetric, runStatus, trainingPosition } from "../protocol/reducer";
import { RUNS_FOLDER } from "../protocol/runFolder";
import { textTable } from "../protocol/textTable";
import { type RunSnapshot, listRuns, readRun } from "../runFolder";

export function runsCommand(): Command {
  return new Command("runs")
    .description("list the runs of a folder, newest first")
    .argument("[folder]", "the folder that was trained in", ".")
    .option("--json", "print one JSON value")
    .action(printRuns);
}

async function printRuns(folder: string, options: { json?: boolean }): Promise<void> {
  const folders = await listRuns(path.resolve(folder, RUNS_FOLDER));
  const runs = (await Promise.all(folders.map(readRun))).flatMap((run) => run ?? []);
  if (options.json) {
    process.stdout.write(stringifyLine(runs.map(summary)) + "\n");
    return;
  }
  if (runs.length === 0) {
    process.stdout.write(`No runs in ${path.resolve(folder)}. Train one: trainlens train <recipe>\n`);
    return;
  }
  const rows = [["RUN", "STATE", "EPOCH", "BEST", "SECONDS"], ...runs.map((run) => cells(summary(run)))];
  process.stdout.write(`${textTable(rows)}\n`);
}

interface RunSummary {
  id: string;
  folder: string;
  recipe: string;
  status: string;
  epoch: number;
  epochs: number;
  best?: { name: string; value: number; epoch: number };
  seconds: number;
  explanations: string[];
}

function summary({ folder, manifest, state, facts }: RunSnapshot): RunSummary {
  const position = trainingPosition(state);
  const best = bestMetric(state);
  return {
    id: manifest.id,
    folder,
    recipe: manifest.recipe.name,
    status: runStatus(state, facts),
    epoch: position?.epoch ?? 0,
    epochs: position?.epochs ?? 0,
    ...(best ? { best } : {}),
    seconds: state.activeSeconds,
    explanations: state.explanations.map((explanation) => explanation.path),
  };
}

function cells({ id, status, epoch, epochs, best, seconds }: RunSummary): string[] {
  return [
    id,
    status,
    epochs === 0 ? "" : `${epoch}/${epochs}`,
    best ? `${best.name} ${best.value.toFixed(4)}` : "",
    seconds.toFixed(1),
  ];
}
