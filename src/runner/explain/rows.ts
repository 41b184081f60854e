/** Which rows to explain, and against which. */
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { UsageError, UserError } from "../errors";
import { shuffledOrder } from "../random";

/** Rows `from` to `to`, both included, counted from 0. */
export interface RowRange {
  from: number;
  to: number;
}

/** The range in "3-7" or "3"; undefined where the text is none (and so a file's name). */
export function parseRange(text: string): RowRange | undefined {
  const [, first, last] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  const range = { from: Number(first), to: Number(last ?? first) };
  if (range.to < range.from) throw new UsageError(`--samples ${text} ends before it begins.`, "Write --samples 0-9.");
  return range;
}

/** @throws UsageError where the split has no such rows. */
export function checkRange({ from, to }: RowRange, rows: number, split: string): void {
  if (to < rows) return;
  throw new UsageError(
    `--samples ${from}-${to} goes past the end: the ${split} split has ${rows} rows, 0 to ${rows - 1}.`,
  );
}

/** Numbers of the rows drawn for a background, ascending: the same for the same seed. */
export function drawRows(rows: number, count: number, seed: number): number[] {
  if (count > rows) {
    throw new UserError(
      `The train split has ${rows} rows; a background of ${count} cannot be drawn from it.`,
      `Give --background ${rows} or less.`,
    );
  }
  return Array.from(shuffledOrder(rows, seed, 0).subarray(0, count)).sort((a, b) => a - b);
}

/** The rows of an array, in this order. */
export function takeRows({ data, shape }: NdArray, rows: readonly number[]): NdArray {
  const width = sizeOf(shape.slice(1));
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, i) => taken.set(data.subarray(row * width, (row + 1) * width), i * width));
  return { data: taken, shape: [rows.length, ...shape.slice(1)] };
}

/** The class of each row of targets: one-hot rows, or class numbers; undefined where they are no classes. */
export function classesOf({ data, shape }: NdArray, outputs: number): number[] | undefined {
  if (outputs < 2) return undefined;
  const width = sizeOf(shape.slice(1));
  if (width === outputs) {
    return Array.from({ length: shape[0] }, (_, row) => {
      const target = data.subarray(row * width, (row + 1) * width);
      return target.indexOf(Math.max(...target));
    });
  }
  const areClasses = width === 1 && data.every((value) => Number.isInteger(value) && value >= 0 && value < outputs);
  return areClasses ? Array.from(data) : undefined;
}
