/** Explaining: runs `trainlens explain` in a child that ends with its command, and reports its progress. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { readSettings } from "../host/settings";
import { type RunEventOf, parseEvents } from "../protocol/events";
import { killTree } from "../processes";
import { failureText } from "./failureText";
import type { Run } from "./run";

export interface ExplainOptions {
  /** Rows of the test split, 0-based, both ends included: "0-9". */
  samples: string;
  /** Rows of the train split that stand for "no knowledge". */
  background: number;
}

export interface ExplainProgress {
  /** In [0, 1]. */
  fraction: number;
  message?: string;
}

/** What a child's output is kept for: its last words. */
const OUTPUT_KEPT = 20_000;

export class Explainer {
  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * Explains a run; resolves to the new explanation, or to undefined where it was cancelled.
   * Cancelling ends the child at once: the explanation is written beside and renamed, so no part of one is left.
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
      ...["--background", String(options.background)],
      ...["--backend", settings.backend],
      ...["--chunk-mb", String(settings.chunkMB)],
      "--json",
    ]);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    const child = spawn(command.executable, command.args, {
      cwd: path.resolve(run.folder, "../../.."),
      env: command.env,
      // Its own group, so that cancelling ends what it has started too.
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const cancelled = token.onCancellationRequested(() => {
      if (child.pid !== undefined) void killTree(child.pid).catch((error: unknown) => this.log.error(String(error)));
    });
    try {
      const result = await this.listen(child, report);
      if (result.explained) return result.explained;
      if (token.isCancellationRequested) return undefined;
      throw this.failure(result);
    } finally {
      cancelled.dispose();
    }
  }

  private async listen(child: ChildProcess, report: (progress: ExplainProgress) => void): Promise<ExplainResult> {
    const result: ExplainResult = { errors: "" };
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const parsed = parseEvents(rest + text);
      rest = parsed.rest;
      for (const event of parsed.events) {
        if (event.type === "explained") result.explained = event;
        if (event.type === "ended" && event.error) result.reported = event.error;
        if (event.type === "progress" && event.total > 0)
          report({
            fraction: event.done / event.total,
            ...(event.message === undefined ? {} : { message: event.message }),
          });
      }
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      result.errors = (result.errors + text).slice(-OUTPUT_KEPT);
    });
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve({ ...result, spawnError: error.message }));
      child.once("close", () => resolve(result));
    });
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

interface ExplainResult {
  explained?: RunEventOf<"explained">;
  /** The child's failure as an event, where it sent one. */
  reported?: { message: string; advice?: string | undefined };
  /** The end of its standard error. */
  errors: string;
  spawnError?: string;
}
