/** Files that are there whole or not at all. */
import { access, constants, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
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
  const beside = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw fileSystemError(error, `${file} cannot be written`);
  }
}
