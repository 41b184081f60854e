/** Paths in a recipe are relative to the recipe, wherever the command was typed. */
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { DataError } from "./dataError";

const recipeFolder = new AsyncLocalStorage<string>();

/** Calls `work`, for whose length, promises included, relative paths begin at `folder`. */
export function inRecipeFolder<T>(folder: string, work: () => T): T {
  return recipeFolder.run(folder, work);
}

/** The absolute path of what a recipe names: relative to its own folder, or to the working directory outside of one. */
export function resolveDataPath(file: string | URL): string {
  if (file instanceof URL) return fileURLToPath(file);
  return path.resolve(recipeFolder.getStore() ?? process.cwd(), file);
}

/**
 * A file's bytes.
 *
 * @param file absolute.
 * @throws DataError that says where it was looked for.
 */
export function readDataFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The file system's error in words that help. */
export function unreadable(file: string, error: unknown): DataError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const words: Record<string, string> = {
    ENOENT: `There is no ${file}.`,
    EISDIR: `${file} is a folder, not a file.`,
    ENOTDIR: `${file} is a file, not a folder.`,
    EACCES: `${file} may not be read: permission denied.`,
    ERR_FS_FILE_TOO_LARGE: `${file} is too large to be read at once (2 GiB at most); an .npy file can be read by batches: npy(x, y, { lazy: true }).`,
  };
  const message =
    words[String(code)] ?? `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return new DataError(message, "A relative path begins at the recipe's folder.", { cause: error });
}
