/** Targets: classes as one-hot rows, quantities as they are. */
import type { NdArray } from "../protocol/ndArray";

/** Which kind of answer a model learns. */
export type Task = "classification" | "regression";

/** Whole numbers of no more kinds than this are taken for classes. */
const MOST_CLASSES = 20;
/** And there are so many examples of each on average. */
const EXAMPLES_OF_CLASS = 5;

/** What numbers are taken for where nobody says: few different whole numbers for classes, others for quantities. */
export function taskOf(values: ArrayLike<number>): Task {
  const distinct = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (!Number.isInteger(values[i])) return "regression";
    distinct.add(values[i]);
    if (distinct.size > MOST_CLASSES) return "regression";
  }
  return distinct.size * EXAMPLES_OF_CLASS <= values.length ? "classification" : "regression";
}

/** One-hot rows, [rows, classes]. @param classes the class of every example; `rows` says which are taken. */
export function oneHotRows(classes: ArrayLike<number>, rows: readonly number[], count: number): NdArray {
  const data = new Float32Array(rows.length * count);
  rows.forEach((row, n) => (data[n * count + classes[row]] = 1));
  return { data, shape: [rows.length, count] };
}

/** Into how many parts of equal size quantities are cut for a split. */
const PARTS = 10;

/** The tenth that each quantity is in, 0 (the smallest) to 9: as classes, they give every split its share of each. */
export function tenthsOf(values: ArrayLike<number>): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
  const tenths = new Array<number>(values.length).fill(0);
  order.forEach((row, rank) => (tenths[row] = Math.floor((rank * PARTS) / values.length)));
  return tenths;
}
