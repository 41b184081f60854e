/** The literals in a recipe's `export const hyperparameters = { … }`, found without running it. */

/** Where a literal stands, in characters; `to` is the first one after it. */
export interface Span {
  from: number;
  to: number;
}

const DECLARATION = /^export\s+(?:const|let|var)\s+hyperparameters\b[^={]*=\s*\{/;
const FIELD = /^(?:([A-Za-z_$][\w$]*)|"([^"\\\n]*)"|'([^'\\\n]*)')\s*:\s*/;
/** A number or a switch, with nothing but the field's end behind it. */
const LITERAL = /^([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|true|false)(?=\s*(?:[,}]|\/\/|\/\*))/;

/**
 * The numbers and switches among a recipe's hyperparameters, by name. What is computed is left out, and so is everything
 * where there is no such object literal at the top level: what is not sure to be the value must not be replaced.
 */
export function hyperparameterSpans(text: string): Map<string, Span> {
  const spans = new Map<string, Span>();
  const start = objectStart(text);
  if (start === undefined) return spans;
  let depth = 1;
  let field: string | undefined;
  for (let at = start; at < text.length && depth > 0;) {
    const after = skipped(text, at);
    if (after > at) {
      // A quoted name is a field's, too.
      const quoted = depth === 1 && field === undefined ? FIELD.exec(text.slice(at)) : null;
      if (!quoted) {
        at = after;
        continue;
      }
    }
    const rest = text.slice(at);
    const found: RegExpExecArray | null = depth === 1 && field === undefined ? FIELD.exec(rest) : null;
    if (found) {
      field = found[1] ?? found[2] ?? found[3];
      at += found[0].length;
      const literal = LITERAL.exec(text.slice(at));
      if (literal) spans.set(field, { from: at, to: at + literal[1].length });
      continue;
    }
    const character = text[at];
    if ("{[(".includes(character)) depth++;
    if ("}])".includes(character)) depth--;
    if (character === "," && depth === 1) field = undefined;
    at++;
  }
  return spans;
}

/** What follows the opening brace; undefined where no such declaration stands at the top level. */
function objectStart(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const after = skipped(text, at);
    if (after > at) {
      at = after;
      continue;
    }
    const declaration = depth === 0 && text.startsWith("export", at) ? DECLARATION.exec(text.slice(at)) : null;
    if (declaration) return at + declaration[0].length;
    if ("{[(".includes(text[at])) depth++;
    if ("}])".includes(text[at])) depth--;
    at++;
  }
  return undefined;
}

/** Where a comment or a string that begins here ends; `at` itself where none does. */
function skipped(text: string, at: number): number {
  const end = (found: number, length: number): number => (found < 0 ? text.length : found + length);
  if (text.startsWith("//", at)) return end(text.indexOf("\n", at), 0);
  if (text.startsWith("/*", at)) return end(text.indexOf("*/", at + 2), 2);
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== "`") return at;
  let to = at + 1;
  while (to < text.length && text[to] !== quote) to += text[to] === "\\" ? 2 : 1;
  return to + 1;
}
