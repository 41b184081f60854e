/** The process of one `trainlens doctor`. */
import type { RunnerCommand } from "../host/runnerCommand";
import { type DoctorReport, parseDoctorReport } from "../protocol/doctorReport";
import type { DoctorProgress } from "../protocol/doctorMessages";
import { OwnedProcess, type OwnedProcessEnd } from "./ownedProcess";

export interface DoctorResult extends OwnedProcessEnd {
  /** Undefined where the process ended without one. */
  report?: DoctorReport;
}

export class DoctorProcess {
  /** Resolves when the process is gone, however it ended. */
  readonly ended: Promise<DoctorResult>;
  private readonly process: OwnedProcess;

  constructor(command: RunnerCommand, cwd: string, progress: (progress: DoctorProgress) => void) {
    let output = "";
    let rest = "";
    this.process = new OwnedProcess(command, cwd, {
      stdout: (text) => (output += text),
      stderr: (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const parsed = parseProgress(line);
          if (parsed) progress(parsed);
        }
      },
    });
    this.ended = this.process.ended.then((end) => {
      const report = parseDoctorReport(output);
      return report ? { ...end, report } : end;
    });
  }

  /** Ends it at once, with the probe that it waits for. */
  kill(): void {
    this.process.kill();
  }
}

/** "[2/6] cuda". */
function parseProgress(line: string): DoctorProgress | undefined {
  const parts = /^\[(\d+)\/(\d+)\] (.+)$/.exec(line.trim());
  return parts ? { step: Number(parts[1]), steps: Number(parts[2]), backend: parts[3] } : undefined;
}
