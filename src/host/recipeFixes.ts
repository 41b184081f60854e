/** Where in a recipe's text a problem stands, and which edits would mend it. */
import type { RecipeProblem } from "../protocol/recipeCheck";
import { exportOffset } from "./recipeText";

/** Characters `start` to `end`, `end` left out. */
export interface Span {
  start: number;
  end: number;
}

export interface Edit extends Span {
  text: string;
}

/** The part of the text that a problem is about: the export of `createModel` or `data` where nothing nearer is found. */
export function spanOf(problem: RecipeProblem, text: string): Span {
  switch (problem.kind) {
    case "failure": {
      const place = problem.place && offsetOf(text, problem.place);
      if (place !== undefined) return { start: place, end: lineEnd(text, place) };
      if (problem.fix?.kind === "inputShape") return inputShape(text) ?? ofExport(text, "createModel");
      return (problem.fix && lastLayer(text)) ?? ofExport(text, "createModel");
    }
    case "lossFromLogits":
      return find(text, /\bloss:[^,\n}]*/) ?? ofExport(text, "createModel");
    case "lossFromProbabilities":
    case "softmaxOfOne":
      return lastLayer(text) ?? ofExport(text, "createModel");
    case "baseNotFrozen":
      return find(text, UNFROZEN) ?? ofExport(text, "createModel");
    case "duplicates":
      return ofExport(text, "data");
  }
}

/** Undefined where the text is not written as such slips usually are: better none than a wrong one. */
export function editsFor(problem: RecipeProblem, text: string): Edit[] | undefined {
  switch (problem.kind) {
    case "failure":
      return problem.fix && failureEdits(problem.fix, text);
    case "lossFromLogits": {
      const span = find(text, new RegExp(String.raw`(?<=\bloss:\s*)[\w.]*\b${problem.loss}\b(?!\s*\()`));
      const loss = problem.loss === "softmaxCrossEntropy" ? "categoricalCrossentropy" : "binaryCrossentropy";
      return span && [{ ...span, text: `"${loss}"` }];
    }
    case "lossFromProbabilities":
      return activationEdits(text, problem.wanted);
    case "softmaxOfOne": {
      const edits = activationEdits(text, "sigmoid");
      const loss = find(text, /(?<=\bloss:\s*)["'](?:sparseC|c)ategoricalCrossentropy["']/);
      return edits && [...edits, ...(loss ? [{ ...loss, text: '"binaryCrossentropy"' }] : [])];
    }
    case "baseNotFrozen": {
      const span = find(text, UNFROZEN);
      return span && [{ start: span.end - "true".length, end: span.end, text: "false" }];
    }
    case "duplicates":
      return undefined;
  }
}

const UNFROZEN = /\.trainable\s*=\s*true\b/;

function failureEdits(
  fix: NonNullable<Extract<RecipeProblem, { kind: "failure" }>["fix"]>,
  text: string,
): Edit[] | undefined {
  if (fix.kind === "inputShape") {
    const span = inputShape(text);
    return span && [{ ...span, text: `inputShape: [${fix.shape.join(", ")}]` }];
  }
  const layer = lastLayer(text);
  const units = layer && within(text, layer, /(?<=\bunits:\s*)\d+\b/);
  return units && [{ ...units, text: String(fix.units) }];
}

/** The last dense layer with another activation: its value replaced, or one put first. */
function activationEdits(text: string, activation: string): Edit[] | undefined {
  const layer = lastLayer(text);
  if (!layer) return undefined;
  const given = within(text, layer, /(?<=\bactivation:\s*)["']\w+["']/);
  if (given) return [{ ...given, text: `"${activation}"` }];
  const begin = within(text, layer, /\{/);
  if (!begin || within(text, layer, /\bactivation\b/)) return undefined;
  return [{ start: begin.end, end: begin.end, text: ` activation: "${activation}",` }];
}

/** Of the first layer, written out. */
function inputShape(text: string): Span | undefined {
  return find(text, /\binputShape:\s*\[[^\]]*\]/);
}

/** The call of the last dense layer that is written before the model is compiled. */
function lastLayer(text: string): Span | undefined {
  const compile = text.search(/\.compile\s*\(/);
  const before = compile < 0 ? text : text.slice(0, compile);
  const last = [...before.matchAll(/\blayers\s*\.dense\s*\(\s*\{[^{}]*\}\s*\)/g)].at(-1);
  return last && { start: last.index, end: last.index + last[0].length };
}

function find(text: string, pattern: RegExp): Span | undefined {
  const match = pattern.exec(text);
  return match ? { start: match.index, end: match.index + match[0].length } : undefined;
}

function within(text: string, { start, end }: Span, pattern: RegExp): Span | undefined {
  const found = find(text.slice(start, end), pattern);
  return found && { start: start + found.start, end: start + found.end };
}

function ofExport(text: string, name: "createModel" | "data"): Span {
  const start = exportOffset(text, name) ?? 0;
  return { start, end: lineEnd(text, start) };
}

/** @param place counted from 1. @returns undefined for a line that is not there. */
function offsetOf(text: string, { line, column }: { line: number; column: number }): number | undefined {
  const lines = text.split("\n");
  if (line > lines.length) return undefined;
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  return start + Math.min(column - 1, lines[line - 1].length);
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}
