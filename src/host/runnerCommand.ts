/** How the runner's command line is started: what a user could type, on VS Code's own Node. */
import path from "node:path";

export interface RunnerCommand {
  /** The program: VS Code's own executable, or the Node of the settings. */
  executable: string;
  /** The runner's script, then its arguments. */
  args: string[];
  env: NodeJS.ProcessEnv;
}

/**
 * The process to spawn for `trainlens <args>`.
 *
 * @param extensionPath where the extension is installed.
 * @param nodePath the Node of the settings; empty for VS Code's own.
 */
export function runnerCommand(extensionPath: string, nodePath: string, args: readonly string[]): RunnerCommand {
  return {
    executable: nodePath || process.execPath,
    args: [path.join(extensionPath, "dist", "trainlens.js"), ...args],
    env: childEnvironment(process.env),
  };
}

/**
 * The user's environment without what belongs to VS Code itself: its NODE_OPTIONS and VSCODE_* would load
 * the debugger's or the extension host's hooks into the child. Electron runs as plain Node.
 */
export function childEnvironment(parent: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(parent).filter(([name]) => !/^(NODE_OPTIONS$|VSCODE_|ELECTRON_)/i.test(name));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: "1" };
}
