/** The machine under it all: system, processor, memory, disks. */
import { statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Disk, Machine } from "../../protocol/doctorReport";
import { processorName } from "../backends/processor";

export function machineReport(): Machine {
  return {
    platform: os.platform(),
    system: `${os.type()} ${os.release()}`,
    architecture: os.arch(),
    processor: processorName(),
    threads: os.availableParallelism(),
    memory: os.totalmem(),
    freeMemory: os.freemem(),
  };
}

/** What is free where TrainLens writes. A folder that is not there yet counts as the nearest one that is. */
export async function diskReports(folders: readonly { use: Disk["use"]; path: string }[]): Promise<Disk[]> {
  return await Promise.all(folders.map(async (folder) => ({ ...folder, ...(await space(folder.path)) })));
}

async function space(folder: string): Promise<Pick<Disk, "free" | "total">> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch (error) {
    const parent = path.dirname(folder);
    // A file system that does not tell is none to guess about.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === folder) return {};
    return await space(parent);
  }
}
