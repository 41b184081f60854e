/** The process of one `trainlens explain`: what it reports, and what it leaves where it is ended. */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { RunnerCommand } from "../host/runnerCommand";
import { type RunEventOf, eventReader } from "../protocol/events";
import { OwnedProcess } from "./ownedProcess";

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
  private readonly process: OwnedProcess;

  /** @param folder where it writes: the explanations of its run. */
  constructor(
    command: RunnerCommand,
    cwd: string,
    private readonly folder: string,
    report: (progress: ExplainProgress) => void,
  ) {
    const told: Pick<ExplainResult, "explained" | "reported"> = {};
    this.process = new OwnedProcess(command, cwd, { stdout: readEvents(told, report) });
    this.ended = this.process.ended.then(({ errors, spawnError }) => {
      this.removeUnfinished();
      return { ...told, errors, ...(spawnError === undefined ? {} : { spawnError }) };
    });
  }

  /** Asks it to end, and ends it with all it has started where it does not in time. */
  cancel(grace?: number): void {
    this.process.cancel(grace);
  }

  /** Ends it at once, with all it has started. Nobody may be left to hear of it: what is to be done is done here. */
  kill(): void {
    if (this.process.kill()) this.removeUnfinished();
  }

  /** The runner writes `<file>.<pid>.tmp` and renames it; one that was killed in between leaves it. */
  private removeUnfinished(): void {
    const ending = `.${this.process.pid}.tmp`;
    try {
      for (const name of readdirSync(this.folder))
        if (name.endsWith(ending)) rmSync(path.join(this.folder, name), { force: true });
    } catch {
      // There is no such folder, so nothing in it; or Windows still holds the file, and the end looks again.
    }
  }
}

/** Takes the process's standard output a piece at a time. */
function readEvents(
  told: Pick<ExplainResult, "explained" | "reported">,
  report: (progress: ExplainProgress) => void,
): (text: string) => void {
  return eventReader((event) => {
    if (event.type === "explained") told.explained = event;
    if (event.type === "ended" && event.error) told.reported = event.error;
    if (event.type === "progress" && event.total > 0)
      report({
        fraction: event.done / event.total,
        ...(event.message === undefined ? {} : { message: event.message }),
      });
  });
}
