/** Where work may happen: a folder on a disk, in a workspace that the user trusts. */
import * as vscode from "vscode";
import { HostError } from "./errors";

/** @throws HostError in Restricted Mode: a recipe is a program. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new HostError(
    vscode.l10n.t("A recipe is a program, and this workspace is in Restricted Mode."),
    vscode.l10n.t("Trust the workspace to run it."),
    [
      {
        label: vscode.l10n.t("Manage Workspace Trust"),
        run: () => vscode.commands.executeCommand("workbench.trust.manage"),
      },
    ],
  );
}

/** The workspace folders that lie on a disk. */
export function diskFolders(): readonly vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === "file");
}

/**
 * The folder that a file belongs to, else the only one, else the one the user picks.
 *
 * @returns undefined where the user picks none.
 * @throws HostError where no folder is open.
 */
export async function chooseFolder(near?: vscode.Uri): Promise<vscode.WorkspaceFolder | undefined> {
  const own = near && vscode.workspace.getWorkspaceFolder(near);
  if (own?.uri.scheme === "file") return own;
  requireFolder();
  const folders = diskFolders();
  if (folders.length === 1) return folders[0];
  return await vscode.window.showWorkspaceFolderPick({
    placeHolder: vscode.l10n.t("Which folder keeps it?"),
  });
}

/** @throws HostError where no folder is open: recipes and runs live in one. */
export function requireFolder(): void {
  if (diskFolders().length > 0) return;
  throw new HostError(vscode.l10n.t("No folder is open."), vscode.l10n.t("Open one to keep recipes and runs in."), [
    {
      label: vscode.l10n.t("Open Folder"),
      run: () => vscode.commands.executeCommand("workbench.action.files.openFolder"),
    },
  ]);
}
