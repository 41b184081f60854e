/** What to explain and against what, as the command line says it. */
import path from "node:path";
import {
  DEFAULT_BACKGROUND,
  DEFAULT_SAMPLES,
  type RowRange,
  formatRowRange,
  isPastEnd,
  isReversed,
  parseRowRange,
} from "../../protocol/rowRange";
import { UsageError } from "../errors";

/** Where rows come from: as the user says it, or, not `asked`, as many of the default as there are. */
export type SampleChoice = { kind: "rows"; range: RowRange; asked: boolean } | { kind: "file"; file: string };
export type BackgroundChoice = { kind: "draw"; count: number; asked: boolean } | { kind: "file"; file: string };

/** @throws UsageError */
export function parseSamples(text: string | undefined): SampleChoice {
  if (text === undefined) return { kind: "rows", range: { from: 0, to: DEFAULT_SAMPLES - 1 }, asked: false };
  if (isArrayFile(text)) return { kind: "file", file: text };
  const range = parseRowRange(text);
  if (!range)
    throw new UsageError(`--samples ${text} is neither a range of rows nor an .npz file.`, "Write --samples 0-9.");
  if (isReversed(range)) throw new UsageError(`--samples ${text} ends before it begins.`, "Write --samples 0-9.");
  return { kind: "rows", range, asked: true };
}

/** @throws UsageError */
export function parseBackground(text: string | undefined): BackgroundChoice {
  if (text === undefined) return { kind: "draw", count: DEFAULT_BACKGROUND, asked: false };
  if (isArrayFile(text)) return { kind: "file", file: text };
  const count = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new UsageError(
      `--background ${text} is neither a number of rows nor an .npz file.`,
      "Write --background 100.",
    );
  }
  return { kind: "draw", count, asked: true };
}

/** @throws UsageError where the split has no such rows. */
export function checkRange(range: RowRange, rows: number, split: string): void {
  if (!isPastEnd(range, rows)) return;
  throw new UsageError(
    `--samples ${formatRowRange(range)} goes past the end: the ${split} split has ${rows} rows, 0 to ${rows - 1}.`,
  );
}

/** Whether a value of --background or --samples names a file and not rows. */
function isArrayFile(text: string): boolean {
  return [".npz", ".npy"].includes(path.extname(text).toLowerCase());
}
