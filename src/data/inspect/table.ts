/** A table: what each column holds, which one is likely to be predicted, and how the file must be read. */
import path from "node:path";
import type { DataColumn, LearningTask, LoadOption, TableFacts } from "../../protocol/dataFacts";
import { DataError } from "../dataError";
import { Problems } from "../problems";
import { readDataFile } from "../recipeFolder";
import { splitRows } from "../splits";
import { type Column, MISSING_TEXTS, isFreeText, isNumber, readColumns, readTable } from "../table/columns";
import { type TextRecord, decodeText, findDelimiter, parseRecords } from "../table/parse";
import { MOST_CLASSES, taskOf } from "../targets";

/** Names that people give what is to be predicted. */
const TARGET_NAME = /^(target|class|label|y|outcome|response|species|diagnosis|survived|category|quality|price)$/i;
/** And to what only numbers the rows. */
const IDENTIFIER_NAME = /(^|[_ ])(id|index|key|nr)$|^unnamed: 0$|^rownames$/i;

/** Rows by which it is found whether the first one is a header. */
const LOOKED_AT = 50;

/** @throws DataError where it cannot be read, or has no column that could be predicted. */
export function inspectTable(file: string): TableFacts {
  const name = path.basename(file);
  const text = decodeText(readDataFile(file), name);
  const delimiter = findDelimiter(text, name);
  const records = parseRecords(text, delimiter, name);
  const header = hasHeader(records);
  const problems = new Problems(name, "rows", "skip");
  const table = readTable(records, header, name, problems);
  const decimal = delimiter !== "," && hasDecimalCommas(table.records) ? "," : ".";
  const reading = { missingTexts: new Set<string>(MISSING_TEXTS), categories: new Set<string>(), decimal } as const;
  const columns = readColumns(table, table.names, reading, problems);
  const facts = columns.map(factsOf);
  const isIdentifier = (column: Column, i: number): boolean =>
    IDENTIFIER_NAME.test(column.name) && facts[i].distinct === column.values.length;
  const unlearned = columns.filter((column, i) => ["text", "empty"].includes(facts[i].kind) || isIdentifier(column, i));
  const candidates = facts.filter(({ tasks }, i) => tasks.length > 0 && !unlearned.includes(columns[i]));
  const target = candidates.find(({ name: each }) => TARGET_NAME.test(each)) ?? candidates.at(-1);
  if (!target) throw new DataError(`${name} has no column that could be predicted.`, describeColumns(facts));
  if (columns.length - unlearned.length < 2) {
    throw new DataError(`${name} has no column to learn "${target.name}" from.`, describeColumns(facts));
  }
  const rows = columns[0].values.length;
  splitRows(rows, undefined);
  const gaps = facts.some(({ missing }, i) => missing > 0 && !unlearned.includes(columns[i]));
  const options: Record<string, LoadOption> = {
    ...(header ? {} : { header: false }),
    ...(decimal === "," ? { decimal } : {}),
    ...(unlearned.length > 0 ? { ignore: unlearned.map((column) => column.name) } : {}),
    ...(gaps ? { missing: "fill" } : {}),
    ...(problems.notes.skipped === undefined ? {} : { onBroken: "skip" }),
  };
  return {
    kind: "table",
    path: file,
    name: path.parse(file).name,
    load: { loader: "csv", files: [file], options },
    rows,
    columns: facts,
    target: target.name,
  };
}

/** Numbers in the first row, where the rows below have some, are no names. */
function hasHeader(records: readonly TextRecord[]): boolean {
  const [first, ...rest] = records.slice(0, LOOKED_AT);
  if (rest.length === 0) return true;
  const isNumeric = (field: number): boolean =>
    rest.filter(({ fields }) => isNumber(fields.at(field)?.trim() ?? "", ",")).length * 2 > rest.length;
  const numeric = first.fields.flatMap((text, i) => (isNumeric(i) ? [text.trim()] : []));
  return numeric.length === 0 || numeric.filter((text) => isNumber(text, ",")).length * 2 < numeric.length;
}

/** Whether some column has numbers like 3,14 where it has any text. */
function hasDecimalCommas(records: readonly TextRecord[]): boolean {
  return records[0].fields.some((_, i) => {
    const texts = records.map(({ fields }) => fields[i].trim()).filter((text) => text !== "");
    const numbers = texts.filter((text) => isNumber(text, ","));
    return numbers.length * 2 > texts.length && numbers.some((text) => text.includes(","));
  });
}

function factsOf(column: Column): DataColumn {
  const known = [...column.values].filter((value) => value !== undefined && !Number.isNaN(value));
  const distinct = new Set(known).size;
  const kind = known.length === 0 ? "empty" : isFreeText(column) ? "text" : column.kind;
  const tasks = distinct < 2 ? [] : tasksOf(kind, known);
  return {
    name: column.name,
    kind,
    distinct,
    missing: column.values.length - known.length,
    tasks,
    ...(tasks.includes("classification") ? { classSizes: classSizesOf(known) } : {}),
  };
}

function classSizesOf(values: readonly (string | number | undefined)[]): [number, number] {
  const counts = new Map<string | number | undefined, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [Math.min(...counts.values()), Math.max(...counts.values())];
}

function tasksOf(kind: DataColumn["kind"], known: readonly (string | number | undefined)[]): LearningTask[] {
  if (kind === "category") return ["classification"];
  if (kind !== "number") return [];
  const numbers = known.map(Number);
  if (taskOf(numbers) === "classification") return ["classification", "regression"];
  const few = numbers.every(Number.isInteger) && new Set(numbers).size <= MOST_CLASSES;
  return few ? ["regression", "classification"] : ["regression"];
}

function describeColumns(columns: readonly DataColumn[]): string {
  return `Its columns: ${columns.map(({ name, kind, distinct }) => `"${name}" (${kind}, ${distinct} different)`).join(", ")}.`;
}
