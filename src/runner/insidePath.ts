import path from "node:path";

/**
 * The file's path relative to a folder that it lies in; undefined where it lies elsewhere.
 *
 * @param folder, file absolute. @param platform whose rules for paths; this machine's own by default.
 */
export function insidePath(folder: string, file: string, platform: path.PlatformPath = path): string | undefined {
  const relative = platform.relative(folder, file);
  // Between two drives of Windows nothing is relative.
  const outside = relative === "" || relative.split(platform.sep)[0] === ".." || platform.isAbsolute(relative);
  return outside ? undefined : relative;
}
