import path from "node:path";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { Run } from "../runs/run";
import type { Parts } from "./parts";
import { pickOne } from "./pickOne";

/**
 * Opens a sweep's panel.
 *
 * @param argument a trial (the tree's node), or the sweep's folder; else the user picks a sweep.
 * @returns the sweep's folder, undefined where the user picks none.
 */
export async function openSweep(parts: Parts, argument?: unknown): Promise<string | undefined> {
  const folder = typeof argument === "string" ? argument : (ofTrial(parts, argument) ?? (await pickSweep(parts)));
  if (folder !== undefined) parts.sweepPanels.open(folder);
  return folder;
}

function ofTrial({ sweeps }: Parts, argument: unknown): string | undefined {
  if (!(argument instanceof Run) || !argument.manifest.sweep) return undefined;
  return sweeps.folderOf(argument.folder, argument.manifest.sweep.name);
}

async function pickSweep({ sweeps }: Parts): Promise<string | undefined> {
  const folders = await sweeps.folders();
  if (folders.length === 0)
    throw new HostError(vscode.l10n.t("There are no sweeps yet."), undefined, [
      { label: vscode.l10n.t("Sweep…"), run: () => vscode.commands.executeCommand("trainlens.sweep") },
    ]);
  const picked = await pickOne(
    folders.map((folder) => ({ folder, label: path.basename(folder) })),
    { placeHolder: vscode.l10n.t("Which sweep shall be opened?") },
  );
  return picked?.folder;
}
