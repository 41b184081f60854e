/** One run as the host sees it: what its folder says, and whether its process lives. */
import { stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isSameProcess, processExists } from "../processes";
import {
  type ProcessFacts,
  type RunState,
  type RunStatus,
  canResume,
  initialRunState,
  isActive,
  runReducer,
  runStatus,
} from "../protocol/reducer";
import { RUN_FILES } from "../protocol/runFolder";
import type { RunManifest } from "../protocol/runManifest";
import { EventTail, readManifest } from "../runFolder";
import type { Launched } from "./launch";

/** A process that has written its manifest but no event is given this long before it counts as gone, ms. */
const BIRTH_GRACE = 10_000;

/** A run on another machine (a shared disk) is alive as long as its events are younger than this, ms. */
const REMOTE_SILENCE = 120_000;

export class Run {
  /** Without the history of batches, which only the panel draws and reads for itself. */
  state: RunState = initialRunState;
  facts: ProcessFacts = { alive: false, stopRequested: false };
  /** When a stop was asked for, ms since 1970; 0 where it was not. */
  stopRequestedAt = 0;
  /** Whether its events have been read once: before that its status means nothing. */
  loaded = false;
  /** Why its folder could not be read at the last look; undefined where it could. */
  problem: string | undefined;

  private readonly tail: EventTail;
  private launched: Launched | undefined;
  /** The process that was seen to be the one of the events. */
  private verified: RunState["process"];
  private processAtLaunch: RunState["process"];
  private reading: Promise<boolean> | undefined;

  constructor(
    /** Absolute path of the run folder. */
    readonly folder: string,
    /** Another object where a resumed process has written it anew. */
    public manifest: RunManifest,
  ) {
    this.tail = new EventTail(this.path(RUN_FILES.events));
  }

  get id(): string {
    return this.manifest.id;
  }

  /** Absolute path of something in the run folder; an absolute name stands for itself. */
  path(...names: string[]): string {
    return path.resolve(this.folder, ...names);
  }

  get status(): RunStatus {
    if (this.isBeingBorn()) return this.facts.stopRequested ? "stopping" : "starting";
    return runStatus(this.state, this.facts);
  }

  get isActive(): boolean {
    return isActive(this.status);
  }

  get canResume(): boolean {
    return canResume(this.state, this.status);
  }

  /** A model is on disk, and nobody is about to write another. */
  get canExplain(): boolean {
    return this.state.savedModel !== undefined && !this.isActive;
  }

  /** The process to signal; undefined where there is none on this machine. */
  get pid(): number | undefined {
    if (this.isBeingBorn()) return this.launched?.pid;
    return this.facts.alive && this.isLocal ? this.state.process?.pid : undefined;
  }

  /** Rows of the split that is explained; undefined before the data was loaded. */
  get explainableSamples(): number | undefined {
    return this.state.data?.test ?? this.state.data?.validation;
  }

  /**
   * This window has started a (further) process for the run.
   *
   * @param before the run's process before that one was started. What the events name now may be the new one already:
   * the watcher can have read them first.
   */
  attach(launched: Launched, before: RunState["process"]): void {
    this.launched = launched;
    this.processAtLaunch = before;
  }

  /**
   * Reads what is new in the folder. Calls that overlap share one reading.
   *
   * @returns whether anything that is shown has changed. A folder that cannot be read is a `problem`, no exception.
   */
  poll(): Promise<boolean> {
    this.reading ??= this.look().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async look(): Promise<boolean> {
    const before = this.problem;
    try {
      const changed = await this.read();
      this.problem = undefined;
      return changed || before !== undefined;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      return before !== this.problem;
    }
  }

  private async read(): Promise<boolean> {
    const before = `${this.status} ${this.loaded}`;
    let count = await this.readEvents();
    let alive = await this.probe();
    // A process may have written its ending and gone between the two looks.
    if (!alive && this.state.phase.kind !== "ended") {
      count += await this.readEvents();
      alive = await this.probe();
    }
    this.stopRequestedAt = await modified(this.path(RUN_FILES.stop));
    this.facts = { alive, stopRequested: this.stopRequestedAt > 0 };
    this.loaded = true;
    return count > 0 || before !== `${this.status} ${this.loaded}`;
  }

  private async readEvents(): Promise<number> {
    const events = await this.tail.read();
    for (const event of events) this.state = forget(runReducer(this.state, event));
    if (events.some((event) => event.type === "started" && event.resumed))
      this.manifest = (await readManifest(this.folder)) ?? this.manifest;
    return events.length;
  }

  private get isLocal(): boolean {
    return this.state.process === undefined || this.state.process.host === os.hostname();
  }

  /** Whether the process of the last `attach` has come as far as to say `started`. */
  get hasStarted(): boolean {
    return this.state.process !== undefined && this.state.process !== this.processAtLaunch;
  }

  /** The process of the last `attach` was to go on with the run and ended before it did. */
  get failedToResume(): boolean {
    return this.launched?.end !== undefined && !this.hasStarted && this.processAtLaunch !== undefined;
  }

  /** Our own child runs but has not said `started` yet: what the events say is about the process before it. */
  private isBeingBorn(): boolean {
    return this.launched !== undefined && this.launched.end === undefined && !this.hasStarted;
  }

  private async probe(): Promise<boolean> {
    const { process, phase } = this.state;
    if (phase.kind === "ended") return false;
    if (this.launched?.end && (process === this.processAtLaunch || process?.pid === this.launched.pid)) return false;
    if (process === undefined) return Date.now() - this.manifest.created < BIRTH_GRACE;
    if (!this.isLocal) return Date.now() - (await modified(this.path(RUN_FILES.events))) < REMOTE_SILENCE;
    return await this.isRunning(process);
  }

  /**
   * Whether the process lives. Where telling its start time takes a process of its own (not on Linux), that is done
   * once: while it is polled, its pid cannot pass to another unseen.
   */
  private async isRunning(process: NonNullable<RunState["process"]>): Promise<boolean> {
    if (this.verified === process && os.platform() !== "linux") return processExists(process.pid);
    const alive = await isSameProcess(process.pid, process.startedAt);
    this.verified = alive ? process : undefined;
    return alive;
  }
}

/** Keeps the last batches only: a long run's history would cost its length again at each event. */
function forget(state: RunState): RunState {
  return state.batches.length > 1 ? { ...state, batches: state.batches.slice(-1) } : state;
}

async function modified(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
}
