/** npm, as the user has it. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { UserError } from "../errors";
import { killTree } from "../../processes";

/** What npm printed last, for a message. */
const TAIL = 2000;

/**
 * Runs npm in a folder. Its output goes to `log`, a piece at a time.
 *
 * @throws UserError where there is no npm, or it fails: with the end of what it said.
 */
export async function npm(
  args: readonly string[],
  cwd: string,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const windows = process.platform === "win32";
  // Electron's own variables would make npm's scripts run Electron as Node.
  const { ELECTRON_RUN_AS_NODE: _electron, ...env } = process.env;
  const child = spawn("npm", [...args, "--no-audit", "--no-fund"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    shell: windows,
    detached: !windows,
  });
  let tail = "";
  const hear = (chunk: Buffer): void => {
    const text = chunk.toString("utf8");
    tail = (tail + text).slice(-TAIL);
    log(text);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const stop = (): void => end(child);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) {
      throw new UserError(`npm ${args[0]} failed with code ${code}:\n${lastLines(tail)}`, adviceFor(tail));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError("There is no npm on PATH.", "Install Node.js, which brings npm, and try again.", {
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function end({ pid }: ChildProcess): void {
  if (pid !== undefined) void killTree(pid);
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-12).join("\n");
}

/** What helps against the usual failures. */
function adviceFor(output: string): string {
  if (/ENOTFOUND|ETIMEDOUT|ECONNREFUSED|EAI_AGAIN|ENETUNREACH|network/i.test(output)) {
    return "Check the network and npm's proxy settings, then try again. Nothing was changed.";
  }
  if (/ENOSPC/.test(output)) return "Free some disk space, then try again. Nothing was changed.";
  if (/gyp ERR|not found: make|g\+\+|MSBuild|Visual Studio/i.test(output)) {
    return 'Building needs Python 3, make and a C++ compiler: on Debian and Ubuntu "sudo apt-get install build-essential python3". Nothing was changed.';
  }
  return "The whole output is above. Nothing was changed.";
}
