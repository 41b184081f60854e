/** Explaining: runs `trainlens explain` in a process that ends with its command or with the window. */
import path from "node:path";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { backendArguments, readSettings } from "../host/settings";
import type { RunEventOf } from "../protocol/events";
import type { MethodName } from "../protocol/explainMethods";
import { RUN_FILES } from "../protocol/runFolder";
import { ExplainProcess, type ExplainProgress, type ExplainResult } from "./explainProcess";
import { failureText } from "./failureText";
import type { Run } from "./run";

export interface ExplainOptions {
  /** Rows of the test split, 0-based, both ends included: "0-9". */
  samples: string;
  /** Rows of the train split that stand for "no knowledge"; trees need none. */
  background?: number;
  /** By default the one that suits the model. */
  method?: MethodName;
  /** Whether all judges score it. */
  judge?: boolean;
}

export class Explainer implements vscode.Disposable {
  private readonly processes = new Set<ExplainProcess>();
  private disposed = false;

  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  dispose(): void {
    this.disposed = true;
    for (const each of this.processes) each.kill();
  }

  /**
   * Explains a run; resolves to the new explanation, or to undefined where it was cancelled or the window closes.
   * An explanation is there whole or not at all: it is written beside and renamed.
   *
   * @throws HostError with the child's own message.
   */
  async explain(
    run: Run,
    options: ExplainOptions,
    report: (progress: ExplainProgress) => void,
    token: vscode.CancellationToken,
  ): Promise<RunEventOf<"explained"> | undefined> {
    const settings = readSettings(vscode.Uri.file(run.folder));
    const command = runnerCommand(this.extensionPath, settings.nodePath, [
      "explain",
      run.folder,
      ...["--samples", options.samples],
      ...(options.background === undefined ? [] : ["--background", String(options.background)]),
      ...(options.method === undefined ? [] : ["--method", options.method]),
      ...(options.judge ? ["--judge"] : []),
      ...backendArguments(settings),
      ...["--chunk-mb", String(settings.chunkMB)],
      "--json",
    ]);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    const child = new ExplainProcess(
      command,
      path.resolve(run.folder, "../../.."),
      run.path(RUN_FILES.explanations),
      report,
    );
    this.processes.add(child);
    const cancelled = token.onCancellationRequested(() => child.cancel());
    try {
      const result = await child.ended;
      if (result.explained) return result.explained;
      if (token.isCancellationRequested || this.disposed) return undefined;
      throw this.failure(result);
    } finally {
      cancelled.dispose();
      this.processes.delete(child);
    }
  }

  private failure(result: ExplainResult): HostError {
    this.log.error(`Explaining failed.\n${result.spawnError ?? result.errors}`);
    const showLog = { label: vscode.l10n.t("Show Log"), run: () => this.log.show() };
    if (result.spawnError !== undefined)
      return new HostError(
        vscode.l10n.t("The explaining process cannot be started: {0}.", result.spawnError),
        vscode.l10n.t("Check the setting trainlens.nodePath."),
        [showLog],
      );
    const failure = result.reported ??
      failureText(result.errors) ?? { message: vscode.l10n.t("its process ended without a word") };
    return new HostError(vscode.l10n.t("Explaining failed: {0}", failure.message), failure.advice, [showLog]);
  }
}
