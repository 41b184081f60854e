/** Installing a backend: runs `trainlens install-backend` in a process that ends with its command or with the window. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { readSettings } from "../host/settings";
import { diskFolders } from "../host/workspace";
import type { InstallRequest } from "../protocol/doctorReport";
import { eventReader } from "../protocol/events";
import { OwnedProcess } from "./ownedProcess";

export class BackendInstaller implements vscode.Disposable {
  private readonly processes = new Set<OwnedProcess>();

  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  dispose(): void {
    for (const each of this.processes) each.kill();
  }

  /**
   * Installs into the user's runtime folder: whole, or nothing is changed.
   *
   * @param report the step that begins.
   * @returns false where it was cancelled.
   * @throws HostError with the process's own message.
   */
  async install(
    { backend, libtensorflow }: InstallRequest,
    report: (message: string) => void,
    token: vscode.CancellationToken,
  ): Promise<boolean> {
    const folder = diskFolders().at(0)?.uri;
    const settings = readSettings(folder);
    const command = runnerCommand(this.extensionPath, settings.nodePath, [
      ...["install-backend", backend, "--libtensorflow", libtensorflow],
      ...(libtensorflow === "python" && settings.pythonPath ? ["--python", settings.pythonPath] : []),
      "--json",
    ]);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    let failure: { message: string; advice?: string | undefined } | undefined;
    const child = new OwnedProcess(command, folder?.fsPath ?? homedir(), {
      stdout: eventReader((event) => {
        if (event.type === "progress" && event.message !== undefined) report(event.message);
        if (event.type === "ended" && event.error) failure = event.error;
      }),
      stderr: (text) => this.log.append(text),
    });
    this.processes.add(child);
    const cancelled = token.onCancellationRequested(() => child.cancel());
    try {
      const end = await child.ended;
      if (token.isCancellationRequested) return false;
      if (end.spawnError !== undefined) throw new HostError(end.spawnError);
      if (end.code === 0) return true;
      const said = failure?.message ?? (end.errors.trim() || `code ${String(end.code)}`);
      throw new HostError(vscode.l10n.t("The backend was not installed: {0}", said), failure?.advice);
    } finally {
      cancelled.dispose();
      this.processes.delete(child);
    }
  }
}
