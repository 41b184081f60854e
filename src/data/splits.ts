/** Which examples are learned from, watched, and held out. */
import seedrandom from "seedrandom";
import { DataError } from "./dataError";

export interface SplitOptions {
  /** Share of the examples that training is watched by, 0 to 1; 0.15 by default. */
  validation?: number;
  /** Share of the examples that are held out to the end and explained, 0 to 1; 0.15 by default. */
  test?: number;
  /** The same seed gives the same splits; 42 by default. */
  seed?: number;
}

/** Row numbers of each split, ascending. `test` may be empty. */
export interface SplitRows {
  train: number[];
  validation: number[];
  test: number[];
}

const SHARE = 0.15;

/**
 * Splits rows at random. With classes, each class has its share of every split, as near as whole rows allow, and at
 * least one row to learn from.
 *
 * @param classes one class number a row; undefined where rows have none.
 * @throws DataError where a share makes no sense, or a split that was asked for would be empty.
 */
export function splitRows(rows: number, classes: readonly number[] | undefined, options: SplitOptions = {}): SplitRows {
  const { validation = SHARE, test = SHARE, seed = 42 } = options;
  if (!(validation > 0 && test >= 0 && validation + test < 1)) {
    throw new DataError(
      `The splits cannot be made: validation ${validation} and test ${test}.`,
      "Give shares between 0 and 1 that leave something to train on: split: { validation: 0.15, test: 0.15 }.",
    );
  }
  const draw = seedrandom.alea(`${seed}/split`);
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const group = classes?.[row] ?? 0;
    const members = groups.get(group);
    if (members) members.push(row);
    else groups.set(group, [row]);
  }
  const split: SplitRows = { train: [], validation: [], test: [] };
  // What rounding takes from one class it gives to the next, so that the whole keeps its shares.
  const owed = { validation: 0, test: 0 };
  for (const [, members] of [...groups].sort(([a], [b]) => a - b)) {
    shuffle(members, draw);
    let left = members.length - 1;
    let from = 0;
    for (const [name, share] of [
      ["test", test],
      ["validation", validation],
    ] as const) {
      owed[name] += members.length * share;
      const count = Math.max(0, Math.min(left, Math.round(owed[name])));
      owed[name] -= count;
      left -= count;
      split[name].push(...members.slice(from, from + count));
      from += count;
    }
    split.train.push(...members.slice(from));
  }
  for (const [name, share] of Object.entries({ validation, test })) {
    if (share > 0 && split[name as keyof SplitRows].length === 0) {
      throw new DataError(
        `${rows} examples are too few: none is left for ${name}.`,
        "Give more examples, or a larger share.",
      );
    }
  }
  for (const part of Object.values(split) as number[][]) part.sort((a, b) => a - b);
  return split;
}

/** Fisher and Yates. */
function shuffle(values: number[], draw: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
}
