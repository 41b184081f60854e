import { open, readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { type RunEvent, parseEvents } from "../protocol/events";
import { RUN_FILES } from "../protocol/runFolder";
import { type RunManifest, parseManifest } from "../protocol/runManifest";
export async function readManifest(folder: string): Promise<RunManifest | undefined> {
  try {
    return parseManifest(await readFile(path.join(folder, RUN_FILES.manifest), "utf8"));
  } catch {
    return undefined;
  }
}
export async function listRuns(root: string): Promise<string[]> {
  const names = await readdir(root, { withFileTypes: true }).catch(() => []);
  return names
    .filter((n) => n.isDirectory())
    .map((n) => path.join(root, n.name))
    .sort()
    .reverse();
}
export class EventTail {
  private offset = 0;
  private rest = "";
  private decoder = new StringDecoder("utf8");
  constructor(private readonly file: string) {}
  async read(): Promise<RunEvent[]> {
    const h = await open(this.file, "r").catch(() => undefined);
    if (!h) return [];
    try {
      const { size } = await h.stat();
      if (size <= this.offset) return [];
      const b = Buffer.alloc(size - this.offset);
      const { bytesRead } = await h.read(b, 0, b.length, this.offset);
      this.offset += bytesRead;
      const p = parseEvents(this.rest + this.decoder.write(b.subarray(0, bytesRead)));
      this.rest = p.rest;
      return p.events;
    } finally {
      await h.close();
    }
  }
}
export async function isAlive(pid: number, _startedAt: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
export async function killTree(pid: number): Promise<void> {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    process.kill(pid, "SIGKILL");
  }
}
