// Child processes of the tests.
import { spawn } from "node:child_process";
import process from "node:process";

/**
 * Runs a program with its output shown; rejects where it does not end with 0.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdio?: import("node:child_process").StdioOptions }} [options]
 * @returns {Promise<void>}
 */
export function loudly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options })
      .on("error", reject)
      .on("exit", (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`${command} ${args.join(" ")} ended with ${code ?? signal}`));
      });
  });
}

/**
 * The environment for a program that must not see the npm, the VS Code or the Electron that started the tests.
 *
 * @param {NodeJS.ProcessEnv} [more]
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$)/i.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
