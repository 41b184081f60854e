/** Targets: classes as one-hot rows, quantities as they are. */
import { type NdArray, sizeOf } from "../protocol/ndArray";
import { DataError } from "./dataError";
import type { TrainingData } from "./trainingData";

/** Which kind of answer a model learns. */
export type Task = "classification" | "regression";

export interface TargetOptions {
  /** Whether the targets are classes or quantities. Found: texts and few different whole numbers are classes. */
  task?: Task;
  /** Names of the classes 0, 1 and so on. By default a class is named by its own number or text. */
  classNames?: readonly string[];
}

/** What every example is to be answered with. */
export interface Targets {
  /** One a row: what the splits shall have equal shares of. */
  strata: number[];
  names: Pick<TrainingData, "classNames" | "targetNames">;
  /** Those of some rows, [rows, classes] or [rows, 1]. */
  take: (rows: readonly number[]) => NdArray;
}

/** Whole numbers of no more kinds than this are taken for classes. */
export const MOST_CLASSES = 20;
/** And there are so many examples of each on average. */
const EXAMPLES_OF_CLASS = 5;

/**
 * Targets from one number or text an example.
 *
 * @param name of the quantity. @param where they come from, to begin a message with: `The target "x" of y.csv`.
 * @throws DataError where they are not what the options say, or are all the same class.
 */
export function readTargets(
  values: ArrayLike<number> | readonly string[],
  name: string,
  where: string,
  { task, classNames }: TargetOptions,
): Targets {
  if (areNumbers(values)) {
    const bad = Array.from({ length: values.length }, (_, i) => i).find((i) => !Number.isFinite(values[i]));
    if (bad !== undefined) throw new DataError(`${where} is ${values[bad]} in row ${bad}, counted from 0.`);
    const found = classNames ? "classification" : taskOf(values);
    if ((task ?? found) === "regression") {
      return {
        strata: tenthsOf(values),
        names: { targetNames: [name] },
        take: (rows) => ({ data: Float32Array.from(rows, (row) => values[row]), shape: [rows.length, 1] }),
      };
    }
  } else if (task === "regression") {
    throw new DataError(
      `${where} holds texts, not quantities.`,
      'Write task: "classification", or choose another target.',
    );
  }
  const texts = Array.from({ length: values.length }, (_, i) => String(values[i]));
  const names = classNames ?? [...new Set(texts)].sort(inOrder);
  if (names.length < 2) throw new DataError(`${where} is "${names[0]}" in every row.`, "Choose one that differs.");
  const numbers = new Map(names.map((each, i) => [classNames && areNumbers(values) ? String(i) : each, i]));
  const classes = texts.map((text, row) => {
    const found = numbers.get(text);
    if (found !== undefined) return found;
    throw new DataError(
      `${where} is ${text} in row ${row}, counted from 0; classNames has ${names.length} names, for ${[...numbers.keys()].join(", ")}.`,
      "Name every class, or leave classNames out.",
    );
  });
  return { strata: classes, names: { classNames: names }, take: (rows) => oneHotRows(classes, rows, names.length) };
}

/** Targets that are rows of numbers already, [rows, ...shape]: one-hot, or several quantities. */
export function rowTargets(
  values: ArrayLike<number>,
  shape: readonly number[],
  { classNames }: TargetOptions,
): Targets {
  const width = sizeOf(shape.slice(1));
  const take = (rows: readonly number[]): NdArray => {
    const data = new Float32Array(rows.length * width);
    rows.forEach((row, n) => {
      for (let k = 0; k < width; k++) data[n * width + k] = values[row * width + k];
    });
    return { data, shape: [rows.length, ...shape.slice(1)] };
  };
  return { strata: oneHotClasses(values, shape[0], width), names: classNames ? { classNames } : {}, take };
}

/** The class of each one-hot row; 0 for all rows where one of them is not one-hot. */
function oneHotClasses(values: ArrayLike<number>, rows: number, width: number): number[] {
  const classes: number[] = [];
  for (let row = 0; row < rows; row++) {
    let ones = 0;
    for (let k = 0; k < width; k++) {
      const value = values[row * width + k];
      if (value === 1) {
        ones++;
        classes[row] = k;
      } else if (value !== 0) ones = Infinity;
    }
    if (ones !== 1) return new Array<number>(rows).fill(0);
  }
  return classes;
}

function areNumbers(values: ArrayLike<number> | readonly string[]): values is ArrayLike<number> {
  return typeof values[0] === "number";
}

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

function oneHotRows(classes: readonly number[], rows: readonly number[], count: number): NdArray {
  const data = new Float32Array(rows.length * count);
  rows.forEach((row, n) => (data[n * count + classes[row]] = 1));
  return { data, shape: [rows.length, count] };
}

/** Into how many parts of equal size quantities are cut for a split. */
const PARTS = 10;

/** The tenth that each quantity is in, 0 (the smallest) to 9: as classes, they give every split its share of each. */
function tenthsOf(values: ArrayLike<number>): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
  const tenths = new Array<number>(values.length).fill(0);
  order.forEach((row, rank) => (tenths[row] = Math.floor((rank * PARTS) / values.length)));
  return tenths;
}

/** Numbers by size, texts by their characters: the same order on every machine. */
export function inOrder(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}
