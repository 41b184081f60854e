/** Writes a run folder: its manifest, then its events. */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import path from "node:path";
import { type EventSink, type NewRunEvent, formatEventLine } from "../protocol/events";
import { stamp } from "../protocol/reducer";
import { RUN_FILES } from "../protocol/runFolder";
import type { RunManifest } from "../protocol/runManifest";
import { fileSystemError } from "./fileSystemError";
import { writeWhole } from "./wholeFile";

/** Puts `run.json` into a run folder, whole. @throws UserError */
export async function writeManifest(folder: string, manifest: RunManifest): Promise<void> {
  await writeWhole(path.join(folder, RUN_FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Appends events to `events.jsonl`, a whole line each, at once: what was emitted is on disk if the process dies. */
export class EventFile {
  private readonly descriptor: number;

  constructor(private readonly file: string) {
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      this.descriptor = openSync(file, "a+");
      this.endTornLine();
    } catch (error) {
      throw fileSystemError(error, `The events file ${file} cannot be written`);
    }
  }

  readonly append = (event: NewRunEvent): void => {
    try {
      const line = Buffer.from(formatEventLine(stamp(event)));
      for (let written = 0; written < line.length;) written += writeSync(this.descriptor, line, written);
    } catch (error) {
      throw fileSystemError(error, `The events file ${this.file} cannot be written`);
    }
  };

  close(): void {
    closeSync(this.descriptor);
  }

  /** A process that died while it wrote has left half a line: what follows must begin on its own. */
  private endTornLine(): void {
    const { size } = fstatSync(this.descriptor);
    if (size === 0) return;
    const last = Buffer.alloc(1);
    readSync(this.descriptor, last, 0, 1, size - 1);
    if (last.toString() !== "\n") writeSync(this.descriptor, "\n");
  }
}

/** Sends every event to each of several sinks. */
export function toAll(...sinks: EventSink[]): EventSink {
  return (event) => {
    for (const sink of sinks) sink(event);
  };
}
