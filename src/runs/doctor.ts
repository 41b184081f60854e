/** The doctor's visits: one at a time, the last report kept for this workspace. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { runnerCommand } from "../host/runnerCommand";
import { libraryArguments, readSettings } from "../host/settings";
import { diskFolders, requireTrust } from "../host/workspace";
import { type DoctorReport, asDoctorReport } from "../protocol/doctorReport";
import type { DoctorState } from "../protocol/doctorMessages";
import { DoctorProcess, type DoctorResult } from "./doctorProcess";
import { failureText } from "./failureText";

/** Where the last report is kept. */
const KEPT = "trainlens.doctor.report";

export class Doctor implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<void>());
  private visit: { process: DoctorProcess; report: Promise<DoctorReport | undefined>; cancelled: boolean } | undefined;
  private current: DoctorState;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly extensionPath: string,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store.add({ dispose: () => this.visit?.process.kill() });
    const report = asDoctorReport(memory.get(KEPT));
    this.current = report ? { report } : {};
  }

  dispose(): void {
    this.store.dispose();
  }

  get state(): DoctorState {
    return this.current;
  }

  /**
   * Examines this machine; a visit that goes on is not begun again.
   *
   * @returns undefined where it was cancelled or gave no report: the state says why.
   * @throws HostError in Restricted Mode: it loads the packages of the workspace.
   */
  async run(): Promise<DoctorReport | undefined> {
    requireTrust();
    if (this.visit) return await this.visit.report;
    const folder = diskFolders().at(0)?.uri;
    const settings = readSettings(folder);
    const args = ["doctor", "--json", "--vscode-version", vscode.version, ...libraryArguments(settings)];
    const command = runnerCommand(this.extensionPath, settings.nodePath, args);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    const child = new DoctorProcess(command, folder?.fsPath ?? homedir(), (progress) =>
      this.become({ ...this.current, progress }),
    );
    const { failure: _past, ...rest } = this.current;
    this.become({ ...rest, progress: { step: 0, steps: 1, backend: "" } });
    const report = child.ended.then((result) => this.finish(result));
    this.visit = { process: child, report, cancelled: false };
    return await report;
  }

  /** Ends the visit; the report before it stays. */
  cancel(): void {
    if (!this.visit) return;
    this.visit.cancelled = true;
    this.visit.process.kill();
  }

  private async finish(result: DoctorResult): Promise<DoctorReport | undefined> {
    const cancelled = this.visit?.cancelled ?? false;
    this.visit = undefined;
    const { progress: _over, ...rest } = this.current;
    if (result.report) {
      this.become({ report: result.report });
      await this.memory.update(KEPT, result.report);
    } else if (cancelled) this.become(rest);
    else {
      this.log.error(`The doctor gave no report.\n${result.spawnError ?? result.errors}`);
      this.become({ ...rest, failure: failureOf(result) });
    }
    return result.report;
  }

  private become(state: DoctorState): void {
    this.current = state;
    if (!this.store.isDisposed) this.changed.fire();
  }
}

function failureOf({ spawnError, errors }: DoctorResult): NonNullable<DoctorState["failure"]> {
  if (spawnError !== undefined)
    return {
      message: vscode.l10n.t("The doctor's process cannot be started: {0}.", spawnError),
      advice: vscode.l10n.t("Check the setting trainlens.nodePath."),
    };
  return failureText(errors) ?? { message: vscode.l10n.t("The doctor's process ended without a word.") };
}
