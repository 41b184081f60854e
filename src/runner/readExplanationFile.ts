import { readFile } from "node:fs/promises";
import { NpzError, readExplanation } from "../npz";
import type { Explanation } from "../protocol/explanation";
import { UserError } from "./errors";
import { fileSystemError } from "./fileSystemError";

/** @throws UserError where the file cannot be read, or holds no explanation. */
export async function readExplanationFile(file: string): Promise<Explanation> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw fileSystemError(error, `The explanation ${file} cannot be read`);
  }
  try {
    return readExplanation(bytes);
  } catch (error) {
    if (error instanceof NpzError) throw new UserError(`${file}: ${error.message}`, undefined, { cause: error });
    throw error;
  }
}
