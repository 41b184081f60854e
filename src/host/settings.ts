import * as vscode from "vscode";

/** The user's choices, as package.json declares them. */
export interface Settings {
  backend: string;
  /** Empty: VS Code's own Node. */
  nodePath: string;
  /** Seconds between Stop and the end of patience. */
  stopGracePeriod: number;
  chunkMB: number;
}

/** Read when needed and never kept: the user may change them at any time. */
export function readSettings(scope?: vscode.Uri): Settings {
  const settings = vscode.workspace.getConfiguration("trainlens", scope);
  return {
    backend: settings.get("backend", "auto"),
    nodePath: settings.get("nodePath", "").trim(),
    stopGracePeriod: settings.get("stopGracePeriod", 10),
    chunkMB: settings.get("chunkMB", 256),
  };
}
