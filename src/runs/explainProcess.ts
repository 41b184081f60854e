/** The process of one `trainlens explain`: what it reports, how it ends, and how it is ended before. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { RunnerCommand } from "../host/runnerCommand";
import { killTree } from "../processes";
import { type RunEventOf, parseEvents } from "../protocol/events";

/** What is kept of a process's standard error: its last words. */
const ERRORS_KEPT = 20_000;

/** How long a process that was asked to end may take for it, ms. */
const CANCEL_GRACE = 2000;

export interface ExplainProgress {
  /** In [0, 1]. */
  fraction: number;
  message?: string;
}

export interface ExplainResult {
  explained?: RunEventOf<"explained">;
  /** The process's failure as an event, where it sent one. */
  reported?: { message: string; advice?: string | undefined };
  /** The end of its standard error. */
  errors: string;
  spawnError?: string;
}

export class ExplainProcess {
  /** Resolves when the process is gone, however it ended; what a killed one had half written is gone too. */
  readonly ended: Promise<ExplainResult>;
  private readonly child: ChildProcess;
  private readonly result: ExplainResult = { errors: "" };
  private patience: NodeJS.Timeout | undefined;
  /** It and all that held its output are gone. */
  private closed = false;

  /** @param folder where it writes: the explanations of its run. */
  constructor(
    command: RunnerCommand,
    cwd: string,
    private readonly folder: string,
    report: (progress: ExplainProgress) => void,
  ) {
    this.child = spawn(command.executable, command.args, {
      cwd,
      env: command.env,
      // Its own group, so that what it has started ends with it.
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.listen(report);
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => resolve({ ...this.result, spawnError: error.message }));
      this.child.once("close", () => {
        this.closed = true;
        clearTimeout(this.patience);
        this.removeUnfinished();
        resolve(this.result);
      });
    });
  }

  /** Asks it to end, and ends it with all it has started where it does not in time. */
  cancel(grace: number = CANCEL_GRACE): void {
    // Windows knows no request: there SIGTERM would end the process and leave its children.
    if (process.platform === "win32") this.kill();
    else if (!this.closed) {
      this.child.kill("SIGTERM");
      this.patience ??= setTimeout(() => this.kill(), grace);
    }
  }

  /** Ends it at once, with all it has started. Nobody may be left to hear of it: what is to be done is done here. */
  kill(): void {
    const { pid } = this.child;
    if (pid === undefined || this.closed) return;
    // On POSIX the signal is sent before this returns; taskkill tells nothing that could be acted on.
    void killTree(pid);
    this.removeUnfinished();
  }

  private listen(report: (progress: ExplainProgress) => void): void {
    let rest = "";
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const parsed = parseEvents(rest + text);
      rest = parsed.rest;
      for (const event of parsed.events) {
        if (event.type === "explained") this.result.explained = event;
        if (event.type === "ended" && event.error) this.result.reported = event.error;
        if (event.type === "progress" && event.total > 0)
          report({
            fraction: event.done / event.total,
            ...(event.message === undefined ? {} : { message: event.message }),
          });
      }
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.result.errors = (this.result.errors + text).slice(-ERRORS_KEPT);
    });
  }

  /** The runner writes `<file>.<pid>.tmp` and renames it; one that was killed in between leaves it. */
  private removeUnfinished(): void {
    const ending = `.${this.child.pid}.tmp`;
    try {
      for (const name of readdirSync(this.folder))
        if (name.endsWith(ending)) rmSync(path.join(this.folder, name), { force: true });
    } catch {
      // There is no such folder, so nothing in it; or Windows still holds the file, and `close` looks again.
    }
  }
}
