/** Reading run folders: shared by the host and the command line. Node's files only; no vscode. */
import { access, open, readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { isSameProcess } from "../processes";
import { type RunEvent, parseEvents } from "../protocol/events";
import { type ProcessFacts, type RunState, initialRunState, runReducer } from "../protocol/reducer";
import { RUN_FILES } from "../protocol/runFolder";
import { type RunManifest, parseManifest } from "../protocol/runManifest";
import { type TreeModel, parseTreeModel } from "../protocol/treeModel";

/** A run as its folder tells it at one moment. */
export interface RunSnapshot {
  /** Absolute path of the run folder. */
  folder: string;
  manifest: RunManifest;
  state: RunState;
  facts: ProcessFacts;
}

/** The manifest of a run folder; undefined where it is none. */
export async function readManifest(folder: string): Promise<RunManifest | undefined> {
  const text = await readFile(path.join(folder, RUN_FILES.manifest), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseManifest(text);
}

/** The trees of a run's model file. @throws RangeError, or the file system's error. */
export async function readTreeModel(file: string): Promise<TreeModel> {
  return parseTreeModel(await readFile(file, "utf8"));
}

/** Absolute paths of the folders in a runs folder, newest first (ids begin with the time). */
export async function listRuns(runsFolder: string): Promise<string[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => path.join(runsFolder, entry.name))
    .sort()
    .reverse();
}

/** A run folder's whole state; undefined where it holds no run. */
export async function readRun(folder: string): Promise<RunSnapshot | undefined> {
  const manifest = await readManifest(folder);
  if (!manifest) return undefined;
  const tail = new EventTail(path.join(folder, RUN_FILES.events));
  let state = (await tail.read()).reduce(runReducer, initialRunState);
  const alive = await processLives(state);
  // Between the two looks the process may have written its ending and gone.
  if (!alive) state = (await tail.read()).reduce(runReducer, state);
  const stopRequested = await access(path.join(folder, RUN_FILES.stop)).then(
    () => true,
    () => false,
  );
  return { folder, manifest, state, facts: { alive, stopRequested } };
}

async function processLives({ phase, process }: RunState): Promise<boolean> {
  return phase.kind === "training" && process !== undefined && (await isSameProcess(process.pid, process.startedAt));
}

/** Follows a growing `events.jsonl`: each `read` returns what was appended since the last one. */
export class EventTail {
  private offset = 0;
  private rest = "";
  private decoder = new StringDecoder("utf8");

  constructor(private readonly file: string) {}

  /**
   * The events of all whole lines that are new; a torn last line waits for its end.
   * A file that became shorter is read anew from its start. A missing file has no events.
   */
  async read(): Promise<RunEvent[]> {
    const handle = await open(this.file, "r").catch(() => undefined);
    if (!handle) return [];
    try {
      const { size } = await handle.stat();
      if (size < this.offset) {
        this.offset = 0;
        this.rest = "";
        this.decoder = new StringDecoder("utf8");
      }
      if (size === this.offset) return [];
      const bytes = Buffer.alloc(size - this.offset);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, this.offset);
      this.offset += bytesRead;
      const { events, rest } = parseEvents(this.rest + this.decoder.write(bytes.subarray(0, bytesRead)));
      this.rest = rest;
      return events;
    } finally {
      await handle.close();
    }
  }
}
