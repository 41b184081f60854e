/** Starts a training process that outlives this window. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { RunnerCommand } from "../host/runnerCommand";
import { RUN_FILES } from "../protocol/runFolder";

/** How a process came to its end. `spawnError` where it never began. */
export type ProcessEnd =
  { kind: "exited"; code: number | null; signal: NodeJS.Signals | null } | { kind: "spawnError"; message: string };

/** A process that this window has started. */
export interface Launched {
  pid: number | undefined;
  /** Where its own words begin in the log, in bytes: a resumed run has older ones. */
  outputStart: number;
  /** Undefined while it lives. */
  end: ProcessEnd | undefined;
  ended: Promise<ProcessEnd>;
}

/**
 * Spawns the runner detached, its output appended to the run folder's `output.log`.
 *
 * The child owns its copy of the log's descriptor and is its own process group, so neither a reload nor the
 * end of the window touches it. Its priority is below the window's. A program that cannot be started is an end like any
 * other, not an exception.
 */
export async function launch(command: RunnerCommand, cwd: string, runFolder: string): Promise<Launched> {
  await mkdir(runFolder, { recursive: true });
  const log = await open(path.join(runFolder, RUN_FILES.output), "a");
  try {
    const { size } = await log.stat();
    const child = spawn(command.executable, command.args, {
      cwd,
      env: command.env,
      detached: true,
      windowsHide: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    if (child.pid !== undefined) yieldToWindow(child.pid);
    child.unref();
    return observe(child, size);
  } finally {
    await log.close();
  }
}

/** Training takes all cores: the editor stays quick if it comes first. */
function yieldToWindow(pid: number): void {
  const priority = os.constants.priority.PRIORITY_BELOW_NORMAL;
  if (os.getPriority() >= priority) return;
  try {
    os.setPriority(pid, priority);
  } catch {
    // It has ended already, and its end is told.
  }
}

function observe(child: ChildProcess, outputStart: number): Launched {
  const launched: Launched = {
    pid: child.pid,
    outputStart,
    end: undefined,
    ended: new Promise((resolve) => {
      const finish = (end: ProcessEnd): void => {
        launched.end ??= end;
        resolve(launched.end);
      };
      child.once("exit", (code, signal) => finish({ kind: "exited", code, signal }));
      child.once("error", (error) => finish({ kind: "spawnError", message: error.message }));
    }),
  };
  return launched;
}

/** The end of a run's output, from byte `from` on; empty where there is none. A recipe may print without end. */
export async function outputTail(runFolder: string, from = 0, limit = 4000): Promise<string> {
  try {
    const file = await open(path.join(runFolder, RUN_FILES.output), "r");
    try {
      const { size } = await file.stat();
      const start = Math.max(from, size - limit);
      if (start >= size) return "";
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
      return buffer.toString("utf8", 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  } catch {
    return "";
  }
}
