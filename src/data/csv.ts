/** Tables of text: CSV, TSV and what spreadsheets call so. */
import path from "node:path";
import { DataError } from "./dataError";
import { type OnBroken, Problems } from "./problems";
import { readDataFile, resolveDataPath } from "./recipeFolder";
import { type SplitOptions, splitRows } from "./splits";
import { type Column, MISSING_TEXTS, checkCategories, readColumns, readTable } from "./table/columns";
import { fitFeatures } from "./table/features";
import { type Delimiter, decodeText, findDelimiter, parseRecords } from "./table/parse";
import { type Task, type Targets, readTargets } from "./targets";
import type { Split, TrainingData } from "./trainingData";

export interface CsvOptions {
  /** The column to learn: its name, or "column 5" where the file has no header. */
  target: string;
  /** Whether the target is a class or a quantity. Found: texts and few different whole numbers are classes. */
  task?: Task;
  /** The columns to learn from; by default all others. */
  features?: readonly string[];
  /** Columns to leave out, such as an identifier. */
  ignore?: readonly string[];
  /** Columns whose numbers name categories: `["sex"]` where it is 1 or 2. */
  categories?: readonly string[];
  /**
   * What is done about missing values: "refuse" (the default); "fill" with the training rows' median, or most frequent
   * category; or "skip" their rows. A row without its target is left out by the latter two.
   */
  missing?: "refuse" | "fill" | "skip";
  /** Texts that stand for a missing value, besides nothing; by default NA, N/A, NaN, null, None, ? and the like. */
  missingTexts?: readonly string[];
  /** Rows with too few or too many fields, or with a text among numbers: "refuse" (the default) or "skip". */
  onBroken?: OnBroken;
  /** Found where it is not given. */
  delimiter?: Delimiter;
  /** Whether the first line names the columns; true by default. */
  header?: boolean;
  /** "," for numbers like 3,14; "." by default. */
  decimal?: "." | ",";
  /**
   * Whether numbers are standardised: true by default. A decision tree needs it not, and its rules are easier to read in the
   * table's own numbers.
   */
  standardize?: boolean;
  /** Shares and seed of the splits. */
  split?: SplitOptions;
}

/**
 * A table as training data: x [rows, features] of standardised numbers and one-hot categories, y [rows, classes] of one-hot
 * rows or [rows, 1] of quantities. Splits are stratified by class, or by tenths of the quantity. Medians, means and categories are the training rows' own.
 *
 * @param file relative to the recipe.
 * @throws DataError with the line and column of what cannot be read, and what to write.
 */
export function csv(file: string | URL, options: CsvOptions): TrainingData {
  const absolute = resolveDataPath(file);
  const name = path.basename(absolute);
  const text = decodeText(readDataFile(absolute), name);
  const records = parseRecords(text, options.delimiter ?? findDelimiter(text, name), name);
  const problems = new Problems(name, "rows", options.onBroken ?? "refuse");
  const table = readTable(records, options.header ?? true, name, problems);
  const features = chooseFeatures(table.names, options, name);
  const reading = {
    missingTexts: new Set<string>(options.missingTexts ?? MISSING_TEXTS),
    categories: new Set([
      ...(options.categories ?? []),
      ...(options.task === "classification" ? [options.target] : []),
    ]),
    decimal: options.decimal ?? ".",
  };
  const [target, ...columns] = readColumns(table, [options.target, ...features], reading, problems);
  problems.check();
  columns.forEach((column) => checkCategories(column, name));
  const complete = completeRows(target, columns, options.missing ?? "refuse", name);
  const targets = targetsOf(takeRows(target, complete), options.task, name);
  const kept = columns.map((column) => takeRows(column, complete));
  const split = splitRows(complete.length, targets.strata, options.split);
  const fitted = fitFeatures(kept, split.train, options.standardize);
  const part = (rows: readonly number[]): Split => ({ ...fitted.take(rows), y: targets.take(rows) });
  const incomplete = target.values.length - complete.length;
  const { skipped = 0, ...notes } = problems.notes;
  return {
    name: path.parse(absolute).name,
    train: part(split.train),
    validation: part(split.validation),
    ...(split.test.length > 0 ? { test: part(split.test) } : {}),
    featureNames: fitted.names,
    ...targets.names,
    loading: {
      ...notes,
      ...(fitted.filled > 0 ? { filled: fitted.filled } : {}),
      ...(skipped + incomplete > 0 ? { skipped: skipped + incomplete } : {}),
    },
  };
}

/** @throws DataError for a name that no column has. */
function chooseFeatures(
  names: readonly string[],
  { target, features, ignore = [], categories = [] }: CsvOptions,
  file: string,
): string[] {
  const unknown = [target, ...(features ?? []), ...ignore, ...categories].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new DataError(
      `${file} has no column "${unknown}".`,
      `Its columns: ${names.map((name) => `"${name}"`).join(", ")}.`,
    );
  }
  const chosen = (features ?? names).filter((name) => name !== target && !ignore.includes(name));
  if (chosen.length > 0) return chosen;
  throw new DataError(
    `No column of ${file} is left to learn from.`,
    `Its columns: ${names.map((name) => `"${name}"`).join(", ")}.`,
  );
}

function isMissing({ values }: Column, row: number): boolean {
  const value = values[row];
  return value === undefined || Number.isNaN(value);
}

/**
 * Numbers of the rows that can be used.
 *
 * @throws DataError where values are missing and nothing is to be done about it.
 */
function completeRows(
  target: Column,
  columns: readonly Column[],
  missing: "refuse" | "fill" | "skip",
  file: string,
): number[] {
  const rows = Array.from({ length: target.values.length }, (_, row) => row);
  const gaps = [target, ...columns]
    .map((column) => ({ name: column.name, count: rows.filter((row) => isMissing(column, row)).length }))
    .filter(({ count }) => count > 0);
  if (missing === "refuse" && gaps.length > 0) {
    throw new DataError(
      `${file} has missing values: ${gaps.map(({ name, count }) => `${count} in "${name}"`).join(", ")}.`,
      'Write missing: "fill" to put the median or the most frequent category in their place, or missing: "skip" to leave their rows out.',
    );
  }
  const needed = missing === "skip" ? [target, ...columns] : [target];
  const complete = rows.filter((row) => !needed.some((column) => isMissing(column, row)));
  if (complete.length > 0) return complete;
  throw new DataError(
    `No row of ${file} can be used: ${rows.length === 0 ? "it has none that can be read" : "each lacks a value"}.`,
    gaps.length > 0
      ? `Leave out what is mostly missing: ignore: ["${[...gaps].sort((a, b) => b.count - a.count)[0].name}"].`
      : undefined,
  );
}

function takeRows(column: Column, rows: readonly number[]): Column {
  return column.kind === "number"
    ? { ...column, values: Float64Array.from(rows, (row) => column.values[row]) }
    : { ...column, values: rows.map((row) => column.values[row]) };
}

/** @throws DataError where the target is not what the task wants. */
function targetsOf(target: Column, task: Task | undefined, file: string): Targets {
  checkCategories(target, file);
  const values = target.kind === "number" ? target.values : target.values.map(String);
  return readTargets(values, target.name, `The target "${target.name}" of ${file}`, task ? { task } : {});
}
