/** What the Sweep panel makes of the trials: their order, and their lines. */
import type { Hyperparameter } from "../../src/protocol/runManifest";
import { type Goal, type TrialRow, bestFirst } from "../../src/protocol/sweep";
import type { SweepState } from "../../src/protocol/sweepMessages";

/** A column: "trial", "metric", "state", "epochs", "seconds", or "set:" and a hyperparameter's name. */
export interface Sorting {
  column: string;
  descending: boolean;
}

export const BEST_FIRST: Sorting = { column: "metric", descending: false };

/** A kept state that may be of an older version, or nothing. */
export function parseSorting(kept: unknown): Sorting {
  const state = (typeof kept === "object" && kept !== null ? kept : {}) as Partial<Record<keyof Sorting, unknown>>;
  return typeof state.column === "string"
    ? { column: state.column, descending: state.descending === true }
    : BEST_FIRST;
}

/** What a click on a column's head makes of the sorting: another column ascends, the same one turns. */
export function sortBy(column: string, current: Sorting): Sorting {
  return { column, descending: current.column === column && !current.descending };
}

/** Sorted by a column; by the metric "ascending" is the best first, and what has no value stands last either way. */
export function sorted(rows: readonly TrialRow[], { column, descending }: Sorting, goal: Goal): TrialRow[] {
  const turned = (ordered: TrialRow[]): TrialRow[] => (descending ? ordered.reverse() : ordered);
  if (column === "metric") {
    const best = bestFirst(rows, goal);
    const known = best.filter((row) => row.best !== undefined);
    return [...turned(known), ...best.slice(known.length)];
  }
  return turned(
    [...rows].sort(
      (a, b) => compare(cell(a, column), cell(b, column)) || (descending ? -1 : 1) * (a.number - b.number),
    ),
  );
}

function cell(row: TrialRow, column: string): Hyperparameter {
  if (column.startsWith("set:")) return row.values[column.slice(4)] ?? "";
  if (column === "state") return row.status;
  if (column === "epochs") return row.epoch;
  return column === "seconds" ? row.seconds : row.number;
}

function compare(a: Hyperparameter, b: Hyperparameter): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

/** How good each trial is beside the others, by its number: 1 the best, 0 the worst, by rank. */
export function merits(rows: readonly TrialRow[], goal: Goal): ReadonlyMap<number, number> {
  const known = bestFirst(rows, goal).filter(({ best }) => best !== undefined);
  return new Map(known.map(({ number }, rank) => [number, known.length < 2 ? 1 : 1 - rank / (known.length - 1)]));
}

/** How many trials have come to an end, and the best one so far. */
export function progressOf({ rows, goal }: SweepState): { ended: number; best: TrialRow | undefined } {
  const active = ["waiting", "starting", "running", "stopping"];
  const [best] = bestFirst(rows, goal);
  return { ended: rows.filter(({ status }) => !active.includes(status)).length, best: best?.best ? best : undefined };
}
