/** Stopping: ask by a file, and end the process where it does not listen. */
import { writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { readSettings } from "../host/settings";
import { RUN_FILES } from "../protocol/runFolder";
import { killTree } from "../processes";
import type { Run } from "./run";
import type { Runs } from "./runs";

/** Asks a run to stop at its next batch. */
export async function requestStop(runs: Runs, run: Run): Promise<void> {
  await writeFile(run.path(RUN_FILES.stop), "");
  await runs.update(run);
}

/**
 * Ends the process of every run that was asked to stop, by whomever, and has not within the grace period.
 * What was asked stands in the run folder, so this holds over a reload of the window too.
 */
export class StopGuard implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly timers = new Map<Run, NodeJS.Timeout>();

  constructor(
    private readonly runs: Runs,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store.add(runs.onDidChange((run) => run && this.look(run)));
    this.store.add({ dispose: () => this.timers.forEach((timer) => clearTimeout(timer)) });
  }

  dispose(): void {
    this.store.dispose();
  }

  private look(run: Run): void {
    const stopping = run.status === "stopping";
    const timer = this.timers.get(run);
    if (!stopping && timer) {
      clearTimeout(timer);
      this.timers.delete(run);
    }
    if (!stopping || timer || this.store.isDisposed) return;
    const grace = readSettings(vscode.Uri.file(run.folder)).stopGracePeriod * 1000;
    const left = Math.max(0, run.stopRequestedAt + grace - Date.now());
    this.timers.set(
      run,
      setTimeout(() => void this.end(run), left),
    );
  }

  private async end(run: Run): Promise<void> {
    const pid = run.pid;
    if (run.status !== "stopping" || pid === undefined) return;
    // In Restricted Mode the pid is somebody else's word.
    if (!vscode.workspace.isTrusted) return;
    this.log.warn(`Run ${run.id} did not stop in time: ending process ${pid}.`);
    try {
      await killTree(pid);
    } catch (error) {
      this.log.error(`Process ${pid} cannot be ended: ${String(error)}`);
    }
    await this.runs.update(run);
  }
}
