/** A large file from elsewhere: checked, kept for all runs, gone on with where it was cut off. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { DataError } from "../data/dataError";
import type { DownloadProgress, Downloads } from "./downloadScope";

export interface RemoteFile {
  /** Its name here. */
  name: string;
  url: string;
  /** Of the whole, in hexadecimal, as whoever publishes it gives it. */
  md5: string;
}

type Fetching = Extract<Downloads, { kind: "fetch" }>;

/** Where TrainLens keeps such files. */
export function downloadFolder(): string {
  return process.env["TRAINLENS_MODELS"] ?? path.join(os.homedir(), ".trainlens", "models");
}

/** Where Keras does. */
export function kerasFolder(): string {
  return path.join(process.env["KERAS_HOME"] ?? path.join(os.homedir(), ".keras"), "models");
}

/**
 * The path of the whole file: in the first of the folders that has it with the right checksum, else downloaded into the first.
 *
 * @throws DataError where it cannot be had: the message says why, the advice what to put where by hand.
 */
export async function fetchFile(
  file: RemoteFile,
  { report, stopRequested }: Fetching,
  folders: readonly string[] = [downloadFolder(), kerasFolder()],
): Promise<string> {
  const places = folders.map((folder) => path.join(folder, file.name));
  const wrong: string[] = [];
  for (const place of places) {
    if (!(await sizeOf(place))) continue;
    if ((await md5Of(place)) === file.md5) return place;
    wrong.push(place);
  }
  const [target] = places;
  const part = `${target}.part`;
  try {
    await mkdir(path.dirname(target), { recursive: true });
    await load(file, part, report, stopRequested);
  } catch (error) {
    throw unavailable(file, places, wrong, await sizeOf(part), error);
  }
  const md5 = await md5Of(part);
  if (md5 !== file.md5) {
    await rm(part, { force: true });
    throw new DataError(
      `${file.url} is not the file that was expected: its MD5 is ${md5}, not ${file.md5}. It was removed.`,
      `Try again later, or put the right ${file.name} into ${folders[0]} by hand.`,
    );
  }
  await rename(part, target);
  return target;
}

/** Loads what is missing of the part, and all of it where the server does not give a rest. */
async function load(
  { name, url }: RemoteFile,
  part: string,
  report: (progress: DownloadProgress) => void,
  stopRequested: () => boolean,
): Promise<void> {
  const had = await sizeOf(part);
  const response = await fetch(url, had > 0 ? { headers: { Range: `bytes=${had}-` } } : {});
  // Nothing is after it: the part is whole, or not what the server has.
  if (response.status === 416) {
    await response.body?.cancel();
    if (response.headers.get("content-range") === `bytes */${had}`) return;
    await rm(part, { force: true });
    return await load({ name, url, md5: "" }, part, report, stopRequested);
  }
  if (!response.ok || !response.body) throw new Error(`the server answers ${response.status} ${response.statusText}`);
  const resumed = response.status === 206;
  let done = resumed ? had : 0;
  const total = done + Number(response.headers.get("content-length") ?? 0);
  const out = await open(part, resumed ? "a" : "w");
  try {
    report({ file: name, done, total });
    // fetch's type of a stream is the browser's, which cannot be iterated over.
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      await writeAll(out, chunk);
      done += chunk.length;
      report({ file: name, done, total: Math.max(total, done) });
      if (stopRequested()) throw new Error("a stop was asked for");
    }
  } finally {
    await out.close();
  }
  if (done < total) throw new Error(`the connection ended after ${megabytes(done)} of ${megabytes(total)} MB`);
}

async function writeAll(out: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await out.write(chunk, at)).bytesWritten;
}

function unavailable(
  { name, url }: RemoteFile,
  places: readonly string[],
  wrong: readonly string[],
  kept: number,
  error: unknown,
): DataError {
  const notes = [
    ...wrong.map((place) => `${place} is there, but is not that file: its checksum is another.`),
    ...(kept > 0 ? [`${megabytes(kept)} MB of it are kept: the next try goes on from there.`] : []),
  ];
  return new DataError(
    [`${name} cannot be downloaded from ${url}: ${reasonOf(error)}.`, ...notes].join(" "),
    `Try again with a network, or download ${url} elsewhere and put it here by hand: ${places.join(", or ")}. weights: "none" builds the model without it.`,
    { cause: error },
  );
}

/** fetch says no more than "fetch failed"; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message !== "" ? cause.message : "code" in cause ? String(cause.code) : error.message;
}

/** In bytes; 0 where there is no such file. */
function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  );
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
