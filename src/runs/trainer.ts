/** Training: starts, resumes and repeats runs, each in a process of its own. */
import { access, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { backendArguments, readSettings } from "../host/settings";
import { RUNS_FOLDER, RUN_FILES, makeRunId, recipeName } from "../protocol/runFolder";
import type { Hyperparameter } from "../protocol/runManifest";
import { failureText } from "./failureText";
import { killTree } from "../processes";
import { type Launched, type ProcessEnd, launch, outputTail } from "./launch";
import type { Run } from "./run";
import type { Runs } from "./runs";

export interface TrainOptions {
  /** Hyperparameters that win over the recipe's own. */
  set?: Readonly<Record<string, Hyperparameter>>;
  seed?: number;
  /** In place of the settings' backend. */
  backend?: string;
}

/** Between two looks for the manifest of a process that has just begun, ms. */
const BIRTH_POLL = 50;

export class Trainer {
  /** Whose process is about to begin: a run has one at a time. */
  private readonly resuming = new Set<Run>();

  constructor(
    private readonly runs: Runs,
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * Trains a recipe in a new run of a workspace folder; returns as soon as the run exists.
   *
   * @param token ends the process while it has no run yet (a recipe may take for ever to load).
   * @throws HostError where the process ends before it has a run: the message is the process's own.
   * @throws vscode.CancellationError
   */
  async start(
    recipe: string,
    workspaceFolder: string,
    options: TrainOptions,
    token: vscode.CancellationToken,
  ): Promise<Run> {
    const folder = path.join(workspaceFolder, RUNS_FOLDER, makeRunId(new Date(), recipeName(recipe)));
    const settings = readSettings(vscode.Uri.file(workspaceFolder));
    const chosen = options.backend === undefined ? settings : { ...settings, backend: options.backend };
    const args = ["train", recipe, "--run", folder, ...backendArguments(chosen)];
    for (const [name, value] of Object.entries(options.set ?? {})) args.push("--set", `${name}=${value}`);
    if (options.seed !== undefined) args.push("--seed", String(options.seed));
    const launched = await this.launch(args, workspaceFolder, folder);
    await this.birth(launched, token, () => exists(path.join(folder, RUN_FILES.manifest)));
    const run = await this.runs.adopt(folder);
    if (!run) {
      const failure = await this.failure(folder, launched, token);
      await rm(folder, { recursive: true, force: true });
      throw failure;
    }
    await this.follow(run, launched, undefined);
    return run;
  }

  /**
   * Goes on from the run's checkpoint, in the same folder.
   *
   * @param token ends the process while it has not begun to train.
   * @throws HostError where it cannot go on, with the process's own message.
   * @throws vscode.CancellationError
   */
  async resume(run: Run, token: vscode.CancellationToken): Promise<Run> {
    const going = run.isActive || this.resuming.has(run);
    if (going || !run.canResume)
      throw new HostError(
        vscode.l10n.t("{0} cannot be resumed.", run.manifest.recipe.name),
        going
          ? vscode.l10n.t("It is still running.")
          : vscode.l10n.t("It has no checkpoint to go on from. Rerun it instead."),
      );
    const launched = await this.launchResumed(run);
    await this.birth(launched, token, async () => {
      await this.runs.update(run);
      return run.hasStarted;
    });
    await this.runs.update(run);
    if (run.failedToResume) throw await this.failure(run.folder, launched, token);
    return run;
  }

  private async launchResumed(run: Run): Promise<Launched> {
    this.resuming.add(run);
    try {
      // A stop that was asked of the process before must not end this one.
      await rm(run.path(RUN_FILES.stop), { force: true });
      await this.runs.update(run);
      const before = run.state.process;
      const launched = await this.launch(["train", "--resume", "--run", run.folder], this.home(run), run.folder);
      await this.follow(run, launched, before);
      return launched;
    } finally {
      this.resuming.delete(run);
    }
  }

  /** The same recipe, hyperparameters, seed and backend in a new run. @param set hyperparameters that are others. */
  async rerun(run: Run, token: vscode.CancellationToken, set: TrainOptions["set"] = {}): Promise<Run> {
    const { recipe, overrides, seed, backendAsked } = run.manifest;
    if (!(await exists(recipe.path)))
      throw new HostError(
        vscode.l10n.t("The recipe {0} is gone.", recipe.path),
        vscode.l10n.t("Put it back, or train another."),
      );
    const options = { set: { ...overrides, ...set }, seed, backend: backendAsked };
    return await this.start(recipe.path, this.home(run), options, token);
  }

  private async launch(args: string[], cwd: string, folder: string): Promise<Launched> {
    const command = runnerCommand(this.extensionPath, readSettings(vscode.Uri.file(cwd)).nodePath, args);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    return await launch(command, cwd, folder);
  }

  /** Waits until the process shows itself or ends; a cancellation ends it. */
  private async birth(
    launched: Launched,
    token: vscode.CancellationToken,
    isBorn: () => Promise<boolean>,
  ): Promise<void> {
    const cancelled = token.onCancellationRequested(() => {
      if (launched.pid !== undefined) killTree(launched.pid).catch((error: unknown) => this.log.error(String(error)));
    });
    try {
      while (!(await isBorn()) && launched.end === undefined) await Promise.race([launched.ended, sleep(BIRTH_POLL)]);
    } finally {
      cancelled.dispose();
    }
  }

  /** Watches the run, and its process's end: the last event may come after the last poll. */
  private async follow(run: Run, launched: Launched, before: Run["state"]["process"]): Promise<void> {
    run.attach(launched, before);
    void launched.ended.then(async (end) => {
      this.log.info(`Run ${run.id}: ${describeEnd(end)}`);
      await this.runs.update(run);
    });
    await this.runs.update(run);
  }

  /** The workspace folder that a run lies in: `<home>/.trainlens/runs/<id>`. */
  private home(run: Run): string {
    return path.resolve(run.folder, "../../..");
  }

  /** Why a process ended before it trained, in its own words; all of them go to the log. */
  private async failure(folder: string, launched: Launched, token: vscode.CancellationToken): Promise<Error> {
    const end = await launched.ended;
    const output = await outputTail(folder, launched.outputStart);
    this.log.error(`Training did not begin: ${describeEnd(end)}\n${output}`);
    if (token.isCancellationRequested) return new vscode.CancellationError();
    const showLog = { label: vscode.l10n.t("Show Log"), run: () => this.log.show() };
    if (end.kind === "spawnError")
      return new HostError(
        vscode.l10n.t("The training process cannot be started: {0}.", end.message),
        vscode.l10n.t("Check the setting trainlens.nodePath."),
        [showLog],
      );
    const failure = failureText(output) ?? { message: describeEnd(end) };
    return new HostError(vscode.l10n.t("Training did not begin: {0}", failure.message), failure.advice, [showLog]);
  }
}

/** For the log, in English. */
export function describeEnd(end: ProcessEnd): string {
  if (end.kind === "spawnError") return `the process cannot be started: ${end.message}`;
  return end.signal ? `the process was ended by ${end.signal}` : `the process ended with exit code ${end.code}`;
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
