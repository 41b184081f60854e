/** The process of one `trainlens new --describe`: reading a large table takes a while, and may not hold up the window. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { readSettings } from "../host/settings";
import { type DataFacts, parseDataFacts } from "../protocol/dataFacts";
import { failureText } from "./failureText";
import { OwnedProcess } from "./ownedProcess";

/**
 * What a file or folder of data holds. No recipe is run.
 *
 * @param data absolute.
 * @returns undefined where the user cancelled.
 * @throws HostError that says what cannot be read, and what to do.
 */
export async function describeData(
  extensionPath: string,
  data: string,
  log: vscode.LogOutputChannel,
  token: vscode.CancellationToken,
): Promise<DataFacts | undefined> {
  const { nodePath } = readSettings(vscode.Uri.file(data));
  const command = runnerCommand(extensionPath, nodePath, ["new", "--data", data, "--describe", "--json"]);
  log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
  let output = "";
  const child = new OwnedProcess(command, homedir(), { stdout: (text) => (output += text) });
  const cancelling = token.onCancellationRequested(() => child.kill());
  try {
    const { errors, spawnError } = await child.ended;
    if (token.isCancellationRequested) return undefined;
    if (spawnError !== undefined)
      throw new HostError(
        vscode.l10n.t("The data cannot be looked at: {0}.", spawnError),
        vscode.l10n.t("Check the setting trainlens.nodePath."),
      );
    const facts = parseDataFacts(output);
    if (facts) return facts;
    const failure = failureText(errors);
    throw new HostError(failure?.message ?? vscode.l10n.t("The data's process ended without a word."), failure?.advice);
  } finally {
    cancelling.dispose();
  }
}
