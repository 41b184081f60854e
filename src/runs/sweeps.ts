/** Sweeps: begun, gone on with and stopped, each by the command line in a process that outlives this window. */
import { access, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { backendArguments, readSettings } from "../host/settings";
import { diskFolders } from "../host/workspace";
import { isSameProcess, killTree } from "../processes";
import type { ProcessFacts } from "../protocol/reducer";
import { RUNS_FOLDER, makeRunId, recipeName } from "../protocol/runFolder";
import { SWEEPS_FOLDER, SWEEP_FILES, type ShownHyperparameter, type Sweep, parseShown } from "../protocol/sweep";
import { listRuns } from "../runFolder";
import { readSweep } from "../runFolder/sweeps";
import { failureText } from "./failureText";
import { type Launched, launch, outputTail } from "./launch";
import { OwnedProcess } from "./ownedProcess";
import { describeEnd } from "./trainer";

export interface SweepOptions {
  /** What is tried of each hyperparameter, as the command line takes it: "0.1,0.01", "32..256:log". */
  set: Readonly<Record<string, string>>;
  search?: "grid" | "random";
  trials?: number;
  metric?: string;
  /** In place of the settings' backend. */
  backend?: string;
}

/** Between two looks for what a process that has just begun writes, ms. */
const BIRTH_POLL = 50;

export class Sweeps {
  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Absolute paths of all sweeps' folders, a workspace folder after the other. */
  async folders(): Promise<string[]> {
    const lists = diskFolders().map(({ uri }) => listRuns(path.join(uri.fsPath, SWEEPS_FOLDER)));
    return (await Promise.all(lists)).flat();
  }

  /** The folder of the sweep that a run belongs to. */
  folderOf(runFolder: string, name: string): string {
    return path.resolve(runFolder, "../../..", SWEEPS_FOLDER, name);
  }

  /** The recipe's hyperparameters, and what could be tried of each. @throws HostError, vscode.CancellationError */
  async show(recipe: string, cwd: string, token: vscode.CancellationToken): Promise<ShownHyperparameter[]> {
    let output = "";
    const child = new OwnedProcess(this.command(cwd, ["sweep", recipe, "--show", "--json"]), cwd, {
      stdout: (text) => (output += text),
    });
    const cancelled = token.onCancellationRequested(() => child.kill());
    const end = await child.ended.finally(() => void cancelled.dispose());
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    if (end.code !== 0) throw this.failed(end.spawnError ?? end.errors);
    return parseShown(output);
  }

  /**
   * Begins a sweep in a workspace folder; returns its folder as soon as it is there.
   *
   * @throws HostError with the process's own words, vscode.CancellationError
   */
  async start(
    recipe: string,
    workspaceFolder: string,
    options: SweepOptions,
    token: vscode.CancellationToken,
  ): Promise<string> {
    const name = makeRunId(new Date(), recipeName(recipe));
    const folder = path.join(workspaceFolder, SWEEPS_FOLDER, name);
    const settings = readSettings(vscode.Uri.file(workspaceFolder));
    const chosen = options.backend === undefined ? settings : { ...settings, backend: options.backend };
    const args = ["sweep", recipe, "--name", name, ...backendArguments(chosen)];
    for (const [hyperparameter, axis] of Object.entries(options.set)) args.push("--set", `${hyperparameter}=${axis}`);
    if (options.search !== undefined) args.push("--search", options.search);
    if (options.trials !== undefined) args.push("--trials", String(options.trials));
    if (options.metric !== undefined) args.push("--metric", options.metric);
    try {
      await this.launch(args, workspaceFolder, folder, token);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return folder;
  }

  /** Goes on where the sweep was stopped. @throws HostError, vscode.CancellationError */
  async resume(folder: string, token: vscode.CancellationToken): Promise<void> {
    const home = path.resolve(folder, "../../..");
    await this.launch(["sweep", "--name", path.basename(folder)], home, folder, token);
  }

  /** Asks the sweep, and by it its trial, to stop. */
  async stop(folder: string): Promise<void> {
    await writeFile(path.join(folder, SWEEP_FILES.stop), "");
  }

  /** The sweep, and whether its process lives; undefined where the folder holds none. */
  async look(folder: string): Promise<{ sweep: Sweep; facts: ProcessFacts } | undefined> {
    const sweep = await readSweep(folder);
    if (!sweep) return undefined;
    const { process: worker } = sweep;
    // Of a process on another machine (a shared disk) nobody here can say that it is gone.
    const alive =
      worker !== undefined && (worker.host !== os.hostname() || (await isSameProcess(worker.pid, worker.startedAt)));
    const stopRequested = await access(path.join(folder, SWEEP_FILES.stop)).then(
      () => true,
      () => false,
    );
    return { sweep, facts: { alive, stopRequested } };
  }

  /** Where a trial's run lies. */
  runFolder(sweepFolder: string, run: string): string {
    return path.resolve(sweepFolder, "../../..", RUNS_FOLDER, run);
  }

  /** Spawns the process, and waits until it says in `sweep.json` that it works. */
  private async launch(args: string[], cwd: string, folder: string, token: vscode.CancellationToken): Promise<void> {
    const command = this.command(cwd, args);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    const launched = await launch(command, cwd, folder);
    void launched.ended.then((end) => this.log.info(`Sweep ${path.basename(folder)}: ${describeEnd(end)}`));
    const cancelled = token.onCancellationRequested(() => {
      if (launched.pid !== undefined) killTree(launched.pid).catch((error: unknown) => this.log.error(String(error)));
    });
    try {
      const works = async (): Promise<boolean> => (await readSweep(folder))?.process?.pid === launched.pid;
      while (!(await works()) && launched.end === undefined) await Promise.race([launched.ended, sleep(BIRTH_POLL)]);
    } finally {
      cancelled.dispose();
    }
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    if (launched.end !== undefined) await this.checkEnd(folder, launched);
  }

  /** A small sweep may have come to its end before anybody has looked. */
  private async checkEnd(folder: string, launched: Launched): Promise<void> {
    const end = await launched.ended;
    if (end.kind === "exited" && end.code === 0) return;
    const output = await outputTail(folder, launched.outputStart);
    throw this.failed(output === "" ? describeEnd(end) : output);
  }

  private command(cwd: string, args: readonly string[]): ReturnType<typeof runnerCommand> {
    return runnerCommand(this.extensionPath, readSettings(vscode.Uri.file(cwd)).nodePath, args);
  }

  private failed(output: string): HostError {
    this.log.error(`The sweep did not begin:\n${output}`);
    const failure = failureText(output) ?? { message: output.trim() };
    return new HostError(vscode.l10n.t("The sweep did not begin: {0}", failure.message), failure.advice, [
      { label: vscode.l10n.t("Show Log"), run: () => this.log.show() },
    ]);
  }
}
