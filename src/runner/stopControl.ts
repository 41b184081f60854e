/** Requests to stop: the file `stop` in the run folder, Ctrl+C, or the system's request to end. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { RUN_FILES } from "../protocol/runFolder";

/** Between two looks for the file, ms. */
const INTERVAL = 100;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class StopControl {
  private requested = false;
  private looked = 0;
  private file: string | undefined;
  private readonly onSignal = (): void => {
    // A second Ctrl+C ends at once, as people expect.
    if (this.requested) process.exit(130);
    this.requested = true;
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** From now on a `stop` file in this folder asks as well. */
  watch(runFolder: string): void {
    this.file = path.join(runFolder, RUN_FILES.stop);
  }

  readonly stopRequested = (): boolean => {
    const now = performance.now();
    if (!this.requested && this.file !== undefined && now - this.looked >= INTERVAL) {
      this.looked = now;
      this.requested = existsSync(this.file);
    }
    return this.requested;
  };

  /** Ends listening; the request has been answered. */
  async dispose(): Promise<void> {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
    if (this.file !== undefined) await rm(this.file, { force: true });
  }
}
