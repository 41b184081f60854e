/** Reading sweeps' folders. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { SWEEP_FILES, type Sweep, parseSweep } from "../protocol/sweep";

/** The sweep in a folder; undefined where there is none, or none of this version. */
export async function readSweep(folder: string): Promise<Sweep | undefined> {
  const text = await readFile(path.join(folder, SWEEP_FILES.sweep), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseSweep(text);
}
