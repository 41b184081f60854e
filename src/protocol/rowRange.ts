/** Rows to explain, as a user types them: "0-9", or "3". */

/** Samples and references where the user says nothing. */
export const DEFAULT_SAMPLES = 10;
export const DEFAULT_BACKGROUND = 100;

/** Rows `from` to `to`, both included, counted from 0. */
export interface RowRange {
  from: number;
  to: number;
}

/** The range in "3-7" or "3", also where it ends before it begins; undefined where the text is none. */
export function parseRowRange(text: string): RowRange | undefined {
  const [, first, last] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text) ?? [];
  return first === undefined ? undefined : { from: Number(first), to: Number(last ?? first) };
}

/** "3-7", also for one row: "3-3". */
export function formatRowRange({ from, to }: RowRange): string {
  return `${from}-${to}`;
}

export function isReversed({ from, to }: RowRange): boolean {
  return to < from;
}

/** Whether there are fewer rows than the range asks for. */
export function isPastEnd({ to }: RowRange, rows: number): boolean {
  return to >= rows;
}
