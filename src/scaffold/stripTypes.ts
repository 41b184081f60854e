import { transform } from "sucrase";

/**
 * TypeScript without its types: still an ECMAScript module, every statement on its line.
 *
 * @throws SyntaxError as `file:line:column: what`.
 */
export function stripTypes(source: string, file: string): string {
  try {
    const { code } = transform(source, { transforms: ["typescript"], disableESTransforms: true, filePath: file });
    return code.replace(/[ \t]+$/gm, "").replace(/ {2,}(?=;?$)/gm, "").replace(/,  +\}/g, " }").replace(/(\S) {2,}\{$/gm, "$1 {");
  } catch (error) {
    throw syntaxError(error, file);
  }
}

/** Sucrase says "Error transforming FILE: what (line:column)". */
function syntaxError(error: unknown, file: string): SyntaxError {
  const text = error instanceof Error ? error.message : String(error);
  const [, what, line, column] = /^(?:Error transforming .*?: )?([^]*?) \((\d+):(\d+)\)$/.exec(text) ?? [];
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return new SyntaxError(`${place}: ${what ?? text}`, { cause: error });
}
