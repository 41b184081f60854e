/** Pictures that are decoded when they are asked for. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { DataError } from "./dataError";
import { PictureError, type PictureDecoder } from "./images/decode";
import { resized } from "./images/resize";
import type { ExampleSource } from "./inputs";
import { unreadable } from "./recipeFolder";

/** Files that are open at once. */
const AT_ONCE = 16;

/** @param files absolute, one an example. @param root which names in messages begin at. */
export function pictureSource(
  files: readonly string[],
  root: string,
  decode: PictureDecoder,
  size: readonly [number, number],
  channels: 1 | 3,
): ExampleSource {
  const length = size[0] * size[1] * channels;
  const read = async (rows: readonly number[]): Promise<Float32Array> => {
    const values = new Float32Array(rows.length * length);
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const wanted = rows.slice(from, from + AT_ONCE);
      const contents = await Promise.all(wanted.map((row) => bytesOf(files[row])));
      for (const [i, bytes] of contents.entries()) {
        const picture = resized(await decoded(bytes, decode, path.relative(root, files[wanted[i]])), size, channels);
        values.set(picture, (from + i) * length);
      }
    }
    return values;
  };
  return {
    shape: [files.length, ...size, channels],
    read,
    version: `${versionOf(files, root)} [${size.join()},${channels}]`,
  };
}

async function bytesOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

async function decoded(bytes: Buffer, decode: PictureDecoder, name: string): ReturnType<PictureDecoder> {
  try {
    return await decode(bytes);
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    throw new DataError(
      `The picture ${name} ${error.message}.`,
      'Mend or remove it, or have all pictures tried before training and the broken ones left out: onBroken: "skip".',
      { cause: error },
    );
  }
}

/** Of all names, sizes and times. */
function versionOf(files: readonly string[], root: string): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}
