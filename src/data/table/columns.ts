/** Columns of a table: numbers or categories, by what stands in them. */
import { DataError } from "../dataError";
import type { Problems } from "../problems";
import type { TextRecord } from "./parse";

export type Column =
  | { kind: "number"; name: string; /** NaN where missing. */ values: Float64Array }
  | { kind: "category"; name: string; /** undefined where missing. */ values: (string | undefined)[] };

/** How texts are read. */
export interface Reading {
  /** Texts that stand for no value, besides nothing at all. */
  missingTexts: ReadonlySet<string>;
  /** Columns whose numbers are names of categories. */
  categories: ReadonlySet<string>;
  decimal: "." | ",";
}

export const MISSING_TEXTS = [
  "NA",
  "N/A",
  "n/a",
  "na",
  "NaN",
  "nan",
  "NULL",
  "Null",
  "null",
  "None",
  "none",
  "?",
] as const;

/** Records of one width under their names. */
export interface Table {
  names: string[];
  records: TextRecord[];
}

/**
 * The first record as names, where it is the header; records of another width are problems.
 *
 * @throws DataError where the header or the rows are missing, or two columns have one name.
 */
export function readTable(records: readonly TextRecord[], header: boolean, file: string, problems: Problems): Table {
  const first = records.at(0);
  if (!first || records.length < (header ? 2 : 1)) {
    throw new DataError(
      `${file} has ${first ? "a header and no rows" : "nothing in it"}.`,
      "Give a file with a header and rows.",
    );
  }
  const names = first.fields.map((name, i) => (header && name.trim() !== "" ? name.trim() : `column ${i + 1}`));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new DataError(`${file} has two columns named "${twice}".`, "Give each column a name of its own.");
  const rows = header ? records.slice(1) : records;
  const fitting = rows.filter(({ line, fields }) => {
    if (fields.length === names.length) return true;
    problems.add(`line ${line} has ${fields.length} fields, not ${names.length}`);
    return false;
  });
  return { names, records: fitting };
}

/** A column with at least this share of numbers is meant to be one of numbers. */
const MOSTLY = 0.5;
/** More names than this, and more than half as many as rows, are no categories: identifiers, or free text. */
const MOST_CATEGORIES = 50;

/**
 * The columns of a table. A text among numbers is a problem of its row, which is left out.
 *
 * @param wanted names of the columns to read.
 */
export function readColumns(
  { names, records }: Table,
  wanted: readonly string[],
  reading: Reading,
  problems: Problems,
): Column[] {
  const columns = wanted.map((name) => ({ name, index: names.indexOf(name) }));
  const text = (record: TextRecord, index: number): string | undefined => {
    const trimmed = record.fields[index].trim();
    return trimmed === "" || reading.missingTexts.has(trimmed) ? undefined : trimmed;
  };
  const numeric = new Set(
    columns.filter(({ name, index }) => {
      if (reading.categories.has(name)) return false;
      const known = records.map((record) => text(record, index)).filter((value) => value !== undefined);
      return known.filter((value) => isNumber(value, reading.decimal)).length > known.length * MOSTLY;
    }),
  );
  const readable = records.filter((record) => {
    for (const { name, index } of numeric) {
      const value = text(record, index);
      if (value === undefined || isNumber(value, reading.decimal)) continue;
      problems.add(`line ${record.line} has "${value}" in ${name}, a column of numbers`);
      return false;
    }
    return true;
  });
  return columns.map((column) => {
    const { name, index } = column;
    if (numeric.has(column)) {
      const values = Float64Array.from(readable, (record) => toNumber(text(record, index), reading.decimal));
      return { kind: "number", name, values };
    }
    const values = readable.map((record) => text(record, index));
    return { kind: "category", name, values };
  });
}

/** Whether nearly every row has another text: an identifier, or free text, and no category. */
export function isFreeText({ kind, values }: Column): boolean {
  if (kind === "number") return false;
  const known = values.filter((value) => value !== undefined);
  const distinct = new Set(known).size;
  return distinct > MOST_CATEGORIES && distinct * 2 > known.length;
}

/**
 * @throws DataError where a column that shall be a feature has a name for nearly every row.
 */
export function checkCategories(column: Column, file: string): void {
  if (column.kind === "number" || !isFreeText(column)) return;
  const known = column.values.filter((value) => value !== undefined);
  const distinct = new Set(known);
  const commas = known.every((value) => isNumber(value, ","));
  throw new DataError(
    `The column "${column.name}" of ${file} has ${distinct.size} different texts in ${known.length} rows: no categories.`,
    commas
      ? 'If they are numbers with a decimal comma, write: decimal: ",".'
      : `Leave it out: ignore: ["${column.name}"].`,
  );
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function isNumber(text: string, decimal: "." | ","): boolean {
  return NUMBER.test(decimal === "," ? text.replace(",", ".") : text);
}

function toNumber(text: string | undefined, decimal: "." | ","): number {
  if (text === undefined) return Number.NaN;
  return Number(decimal === "," ? text.replace(",", ".") : text);
}
