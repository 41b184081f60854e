/** Reads and writes `sweep.json`, whole. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { SWEEP_FILES, type Sweep, parseSweep } from "../../protocol/sweep";
import { UserError } from "../errors";
import { writeWhole } from "../wholeFile";

/** The sweep in a folder; undefined where there is none. @throws UserError where there is one that cannot be read. */
export async function readSweep(folder: string): Promise<Sweep | undefined> {
  const file = path.join(folder, SWEEP_FILES.sweep);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const sweep = parseSweep(text);
  if (sweep) return sweep;
  throw new UserError(`${file} is no sweep of this version.`, "Delete its folder, or give another --name.");
}

/** @throws UserError */
export async function writeSweep(folder: string, sweep: Sweep): Promise<void> {
  await writeWhole(path.join(folder, SWEEP_FILES.sweep), `${JSON.stringify(sweep, null, 2)}\n`);
}
