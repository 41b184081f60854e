import * as vscode from "vscode";

/** The user's choices, as package.json declares them. */
export interface Settings {
  backend: string;
  /** Whose libtensorflow the native backends use. */
  libtensorflow: "bundled" | "python";
  /** The interpreter of that environment. Empty: the first found. */
  pythonPath: string;
  /** Empty: VS Code's own Node. */
  nodePath: string;
  /** Seconds between Stop and the end of patience. */
  stopGracePeriod: number;
  chunkMB: number;
  checkOnSave: boolean;
}

/** Read when needed and never kept: the user may change them at any time. */
export function readSettings(scope?: vscode.Uri): Settings {
  const settings = vscode.workspace.getConfiguration("trainlens", scope);
  return {
    backend: settings.get("backend", "auto"),
    libtensorflow: settings.get("libtensorflow", "bundled"),
    pythonPath: settings.get("pythonPath", "").trim(),
    nodePath: settings.get("nodePath", "").trim(),
    stopGracePeriod: settings.get("stopGracePeriod", 10),
    chunkMB: settings.get("chunkMB", 256),
    checkOnSave: settings.get("checkOnSave", true),
  };
}

/** The backend of the settings, as the command line takes it. */
export function backendArguments(settings: Settings): string[] {
  return ["--backend", settings.backend, ...libraryArguments(settings)];
}

/** The part of it that says how the native backends are loaded. */
export function libraryArguments({ libtensorflow, pythonPath }: Settings): string[] {
  const library = libtensorflow === "python" ? ["--libtensorflow", "python"] : [];
  return [...library, ...(library.length > 0 && pythonPath ? ["--python", pythonPath] : [])];
}
