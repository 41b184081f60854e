import path from "node:path";
import { fileURLToPath } from "node:url";
import { insidePath } from "./insidePath";

/**
 * Where in a folder an error came from: `train.ts:12:5` of the innermost of its stack's lines that lies there. Modules
 * stand in a stack by their URL, CommonJS by its path.
 *
 * @param folder absolute. @param platform whose rules for paths; this machine's own by default.
 */
export function placeInStack(stack: string, folder: string, platform: path.PlatformPath = path): string | undefined {
  for (const line of stack.split("\n")) {
    const found = placeOf(line.trim(), platform);
    const inside = found && insidePath(folder, found.file, platform);
    if (inside !== undefined) return `${inside}:${found?.position}`;
  }
  return undefined;
}

/** `at createModel (file:///w/train.ts:12:5)`, `at C:\w\train.js:12:5`, or a parser's `/w/train.ts:12`. */
function placeOf(line: string, platform: path.PlatformPath): { file: string; position: string } | undefined {
  const [, where, position] = /(file:\/\/.*|(?<=^|[\s(])(?:[A-Za-z]:[\\/]|\/).*?):(\d+(?::\d+)?)\)?$/.exec(line) ?? [];
  if (where === undefined || position === undefined) return undefined;
  if (!where.startsWith("file:")) return { file: where, position };
  try {
    return { file: fileURLToPath(where, { windows: platform === path.win32 }), position };
  } catch {
    // A URL that names no file of this system.
    return undefined;
  }
}
