/** Processes by pid and start time: a pid alone may have passed to somebody else. Node only; no vscode. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Start times from different clocks (ours, the kernel's ticks, `ps` in whole seconds) agree to within this, ms. */
const TOLERANCE = 3000;

/** When this process started, ms since 1970. */
export function ownStartTime(): number {
  return Math.round(Date.now() - process.uptime() * 1000);
}

/** When a process started, ms since 1970; undefined where there is no such process. */
export async function processStartTime(pid: number): Promise<number | undefined> {
  if (!processExists(pid)) return undefined;
  try {
    switch (process.platform) {
      case "linux":
        return await linuxStartTime(pid);
      case "win32": {
        const script = `(Get-Process -Id ${Math.trunc(pid)}).StartTime.ToUniversalTime().ToString("o")`;
        const { stdout } = await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]);
        return Date.parse(stdout.trim());
      }
      default: {
        const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)], {
          env: { ...process.env, LC_ALL: "C" },
        });
        return Date.parse(stdout.trim());
      }
    }
  } catch {
    return undefined;
  }
}

/** Whether the process with this pid lives and is the one that started then (ms since 1970). */
export async function isSameProcess(pid: number, startedAt: number): Promise<boolean> {
  const started = await processStartTime(pid);
  return started !== undefined && Math.abs(started - startedAt) <= TOLERANCE;
}

/**
 * Ends a process and all it has started, at once. The process must lead its own group (spawned detached).
 * A process that is gone already is no error.
 *
 * @throws RangeError for what is no single process: -1 would be every process of the user, 0 our own group.
 */
export async function killTree(pid: number): Promise<void> {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new RangeError(`Process ${pid} is not ours to end.`);
  if (process.platform === "win32") {
    await run("taskkill", ["/pid", String(pid), "/T", "/F"]).catch(() => undefined);
    return;
  }
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, "SIGKILL");
    } catch {
      // No such group or process: nothing is left to end.
    }
  }
}

/** Whether the pid belongs to any process. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and is another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** From field 22 of /proc/<pid>/stat: clock ticks after boot, 100 a second on every Linux that Node runs on. */
async function linuxStartTime(pid: number): Promise<number | undefined> {
  const [stat, uptime] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/uptime", "utf8")]);
  // The command's name, in parentheses, may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const sinceBoot = Number(fields[19]) / 100;
  const booted = Date.now() - Number(uptime.split(" ")[0]) * 1000;
  return Math.round(booted + sinceBoot * 1000);
}
