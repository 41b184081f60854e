import { transform } from "sucrase";

/**
 * TypeScript without its types: still an ECMAScript module, every statement on its line.
 *
 * @throws SyntaxError as `file:line:column: what`.
 */
export function stripTypes(source: string, file: string): string {
  try {
    const { code } = transform(source, { transforms: ["typescript"], disableESTransforms: true, filePath: file });
    return code;
  } catch (error) {
    throw syntaxError(error, file);
  }
}

/** The JavaScript form of a TypeScript template, as a person would have written it. */
export function toJavaScript(source: string, file: string): string {
  // Where a type was imported beside a value, its comma is left.
  return stripTypes(source, file).replace(/^(import \{[^}]*?),\s*\}/gm, "$1 }");
}

/** Sucrase says "Error transforming FILE: what (line:column)". */
function syntaxError(error: unknown, file: string): SyntaxError {
  const text = error instanceof Error ? error.message : String(error);
  const [, what, line, column] = /^(?:Error transforming .*?: )?([^]*?) \((\d+):(\d+)\)$/.exec(text) ?? [];
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return new SyntaxError(`${place}: ${what ?? text}`, { cause: error });
}
