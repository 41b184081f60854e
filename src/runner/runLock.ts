/** One process trains in a run folder at a time: whoever does holds its lock file. */
import { closeSync, openSync, readFileSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { isSameProcess, ownStartTime } from "../processes";
import { RUN_FILES } from "../protocol/runFolder";
import { UserError } from "./errors";
import { fileSystemError } from "./fileSystemError";

const Holder = v.object({
  pid: v.number(),
  /** When the operating system started it, ms since 1970. */
  startedAt: v.number(),
  host: v.string(),
});
type Holder = v.InferOutput<typeof Holder>;

/** A lock without a holder in it is looked at this often, this many ms apart: somebody may be about to write. */
const LOOKS = 10;
const LOOK_INTERVAL = 50;

export class RunLock {
  private held = true;

  private constructor(
    private readonly file: string,
    private readonly text: string,
    /** The outermost folder that was made for it. */
    private readonly made: string | undefined,
  ) {
    // Also where a recipe ends the process.
    process.on("exit", this.release);
  }

  /**
   * Takes the lock of a run's or a sweep's folder, which is made where there is none. The lock of a process that is gone is taken over.
   *
   * @throws UserError where another process holds it, or the folder cannot be written.
   */
  static async take(folder: string, what: "run" | "sweep" = "run"): Promise<RunLock> {
    const file = path.join(folder, RUN_FILES.lock);
    const own: Holder = { pid: process.pid, startedAt: ownStartTime(), host: os.hostname() };
    const text = `${JSON.stringify(own)}\n`;
    try {
      const made = await mkdir(folder, { recursive: true });
      await take(file, text, what);
      return new RunLock(file, text, made);
    } catch (error) {
      throw fileSystemError(error, `The ${what}'s folder ${folder} cannot be written`);
    }
  }

  /** Gives the lock back, and removes the folder again where nothing came of the run. */
  readonly release = (): void => {
    process.off("exit", this.release);
    if (!this.held) return;
    this.held = false;
    try {
      if (readFileSync(this.file, "utf8") === this.text) unlinkSync(this.file);
      if (this.made === undefined) return;
      for (let folder = path.dirname(this.file); folder.length >= this.made.length; folder = path.dirname(folder))
        rmdirSync(folder);
    } catch {
      // The folder is in use, or was deleted meanwhile. A lock that stays is taken over, its process being gone.
    }
  };
}

/**
 * Writes a lock file that was not there. The lock of a dead process is replaced under a lock of its own, which is
 * named after it: of several processes that find it dead, one replaces it.
 */
async function take(file: string, text: string, what: string): Promise<void> {
  while (!create(file, text)) {
    const { holder, found } = await holderOf(file);
    if (found === undefined) continue;
    if (holder && (await lives(holder))) throw taken(file, holder, what);
    const right = `${file}.${holder?.pid ?? "torn"}`;
    await take(right, text, what);
    if ((await readOrNothing(file)) === found) {
      await rename(right, file);
      return;
    }
    unlinkSync(right);
  }
}

/** Whether the file was not there, and now is. Written at once: a reader hardly ever finds it empty. */
function create(file: string, text: string): boolean {
  try {
    const descriptor = openSync(file, "wx");
    writeSync(descriptor, text);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Who holds a lock, and its text; no text where the lock is gone, no holder where the text stays none. */
async function holderOf(file: string): Promise<{ holder?: Holder; found: string | undefined }> {
  for (let look = 0; ; look++) {
    const found = await readOrNothing(file);
    const holder = parse(found);
    if (found === undefined || holder) return { found, ...(holder ? { holder } : {}) };
    if (look === LOOKS) return { found };
    await sleep(LOOK_INTERVAL);
  }
}

function parse(text: string | undefined): Holder | undefined {
  try {
    const result = v.safeParse(Holder, JSON.parse(text ?? ""));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

async function readOrNothing(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Of a process on another machine (a shared disk) nobody here can say that it is gone. */
async function lives({ pid, startedAt, host }: Holder): Promise<boolean> {
  return host !== os.hostname() || (await isSameProcess(pid, startedAt));
}

function taken(file: string, { pid, host }: Holder, what: string): UserError {
  const here = host === os.hostname();
  return new UserError(
    `The ${what} ${path.basename(path.dirname(file))} is still training: process ${pid}${here ? "" : ` on ${host}`} holds it.`,
    here
      ? "Stop it first, or wait for its end."
      : `Stop it first, or wait for its end. If that machine is gone, delete ${file}.`,
  );
}
