/** A process that ends with its work or with the window, and all that it has started with it. */
import { type ChildProcess, spawn } from "node:child_process";
import type { RunnerCommand } from "../host/runnerCommand";
import { killTree } from "../processes";

/** What is kept of a process's standard error: its last words. */
const ERRORS_KEPT = 20_000;

/** How long a process that was asked to end may take for it, ms. */
const CANCEL_GRACE = 2000;

export interface ProcessListeners {
  stdout: (text: string) => void;
  stderr?: (text: string) => void;
  /** "pipe" where it is to be told something by `write`; it has no standard input otherwise. */
  stdin?: "pipe";
}

export interface OwnedProcessEnd {
  /** The end of its standard error. */
  errors: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Where it never began. */
  spawnError?: string;
}

export class OwnedProcess {
  /** Resolves when the process and all that held its output are gone, however it ended. */
  readonly ended: Promise<OwnedProcessEnd>;
  private readonly child: ChildProcess;
  private errors = "";
  private patience: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(command: RunnerCommand, cwd: string, listeners: ProcessListeners) {
    this.child = spawn(command.executable, command.args, {
      cwd,
      env: command.env,
      // Its own group, so that what it has started ends with it.
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: [listeners.stdin ?? "ignore", "pipe", "pipe"],
    });
    // One that is gone reads nothing; `ended` tells of it.
    this.child.stdin?.on("error", () => undefined);
    this.child.stdout?.setEncoding("utf8").on("data", listeners.stdout);
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-ERRORS_KEPT);
      listeners.stderr?.(text);
    });
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) =>
        resolve({ errors: this.errors, code: null, signal: null, spawnError: error.message }),
      );
      this.child.once("close", (code, signal) => {
        this.closed = true;
        clearTimeout(this.patience);
        resolve({ errors: this.errors, code, signal });
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Tells it something on its standard input. */
  write(text: string): void {
    this.child.stdin?.write(text);
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

  /** Ends it at once, with all it has started. Gives false where it was gone already. */
  kill(): boolean {
    const { pid } = this.child;
    if (pid === undefined || this.closed) return false;
    // On POSIX the signal is sent before this returns; taskkill tells nothing that could be acted on.
    void killTree(pid);
    return true;
  }
}
