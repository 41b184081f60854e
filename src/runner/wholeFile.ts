/** Files that are there whole or not at all. */
import { type FileHandle, access, constants, mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileSystemError } from "./fileSystemError";

/**
 * Makes the file's folder and sees that it can be written to, before work is done for it.
 *
 * @throws UserError
 */
export async function checkWritable(file: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await access(path.dirname(file), constants.W_OK);
    const existing = await stat(file).catch(() => undefined);
    if (existing?.isDirectory()) throw Object.assign(new Error(`${file} is a folder`), { code: "EISDIR" });
  } catch (error) {
    throw fileSystemError(error, `${file} cannot be written`);
  }
}

/** Writes beside the file, then renames. @throws UserError */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await writeParts(file, (append) => append(content));
}

/**
 * Writes beside the file what comes in parts, then renames. Where it fails, also with its source, nothing is left.
 *
 * @param source is given what appends a part. @returns what it returns. @throws UserError, and what the source throws.
 */
export async function writeParts<Result>(
  file: string,
  source: (append: (part: string | Uint8Array) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const beside = `${file}.${process.pid}.tmp`;
  const inWords = (error: unknown): never => {
    throw fileSystemError(error, `${file} cannot be written`);
  };
  let handle: FileHandle | undefined;
  try {
    const result = await source(async (part) => {
      try {
        handle ??= await open(beside, "w");
        await handle.writeFile(part);
      } catch (error) {
        inWords(error);
      }
    });
    await handle?.close();
    await rename(beside, file).catch(inWords);
    return result;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}
