/** Text with delimiters, as RFC 4180 has it and as spreadsheets write it, into records. */
import { DataError } from "../dataError";

/** The fields of one record, and the line that it begins on, from 1. */
export interface TextRecord {
  line: number;
  fields: string[];
}

export const DELIMITERS = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Records by which a delimiter is found. */
const LOOKED_AT = 20;

/**
 * The text of a file: UTF-8, or UTF-16 with its mark.
 *
 * @throws DataError where it is neither.
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataError(`${file} is not text in UTF-8.`, "Save it as CSV in UTF-8.", { cause: error });
  }
  if (text.includes("\0")) throw new DataError(`${file} is no text: it holds zero bytes.`, "Save it as CSV in UTF-8.");
  return text;
}

/**
 * The records of a text; lines with nothing on them are none. A field in quotes may hold delimiters, line breaks and
 * doubled quotes.
 *
 * @param atMost stops after so many.
 * @throws DataError where a quote is never closed.
 */
export function parseRecords(
  text: string,
  delimiter: Delimiter,
  file: string,
  atMost: number = Infinity,
): TextRecord[] {
  const records: TextRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length && records.length < atMost) {
    const record: TextRecord = { line, fields: [] };
    let quoted = false;
    for (;;) {
      if (text[at] === '"') {
        const { field, end } = quotedField(text, at, () => `${file}, line ${line}`);
        for (let i = at; i < end; i++) if (text[i] === "\n") line++;
        quoted = true;
        at = end;
        // What stands between a closing quote and the delimiter belongs to the field, as spreadsheets read it.
        const rest = endOfField(text, at, delimiter);
        record.fields.push(field + text.slice(at, rest));
        at = rest;
      } else {
        const end = endOfField(text, at, delimiter);
        record.fields.push(text.slice(at, end));
        at = end;
      }
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    if (at < text.length) line++;
    at++;
    const empty = !quoted && record.fields.length === 1 && record.fields[0].trim() === "";
    if (!empty) records.push(record);
  }
  return records;
}

function endOfField(text: string, from: number, delimiter: Delimiter): number {
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === delimiter || character === "\n" || character === "\r") break;
  }
  return at;
}

function quotedField(text: string, from: number, place: () => string): { field: string; end: number } {
  let field = "";
  for (let at = from + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0)
      throw new DataError(
        `${place()}: a quote is opened and never closed.`,
        'Close it, or double a quote that is meant: "".',
      );
    field += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { field, end: quote + 1 };
    field += '"';
    at = quote + 2;
  }
}

/**
 * The delimiter that cuts the first records into the most fields, of those that cut most of them into as many as the first.
 *
 * @throws DataError where none does.
 */
export function findDelimiter(text: string, file: string): Delimiter {
  let best: { delimiter: Delimiter; fields: number } | undefined;
  let unclosed: DataError | undefined;
  for (const delimiter of DELIMITERS) {
    let head: TextRecord[];
    try {
      head = parseRecords(text, delimiter, file, LOOKED_AT);
    } catch (error) {
      // A delimiter that is none may leave a quote open; where all do, it is the file.
      if (!(error instanceof DataError)) throw error;
      unclosed ??= error;
      continue;
    }
    const fields = head[0]?.fields.length ?? 0;
    const alike = head.filter((record) => record.fields.length === fields).length;
    if (fields > 1 && alike * 2 > head.length && fields > (best?.fields ?? 1)) best = { delimiter, fields };
  }
  if (best) return best.delimiter;
  if (unclosed) throw unclosed;
  throw new DataError(
    `${file} has no columns: none of comma, semicolon, tab and bar divides its lines alike.`,
    'Name the delimiter: delimiter: ";".',
  );
}
