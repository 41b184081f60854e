/** The rows of an .npy file, read from the disk one by one. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { endianness } from "node:os";
import path from "node:path";
import { NpzError, type NpyHeader, checkLength, decodeNumbers, parseNpyHeader } from "../npz";
import { sizeOf } from "../protocol/ndArray";
import { DataError } from "./dataError";
import type { ExampleSource } from "./inputs";
import { unreadable } from "./recipeFolder";

/** What a header takes at most that NumPy would write, bytes. */
const HEADER = 2 ** 16;
const LITTLE_ENDIAN = endianness() === "LE";

/**
 * A source of the file's rows. Only the header is read now; the file is opened anew for each batch.
 *
 * @param file absolute. @param shape of one example. @param scale what every number is multiplied by.
 * @throws DataError where the file is no array of numbers in rows, or has no such examples.
 */
export function npySource(file: string, shape: readonly number[] | undefined, scale: number): ExampleSource {
  const name = path.basename(file);
  const { header, version } = readHeader(file, name);
  const [count] = header.shape;
  const width = sizeOf(header.shape.slice(1));
  const exampleShape = shape ?? header.shape.slice(1);
  if (header.fortranOrder) {
    throw new DataError(
      `${name} is stored by columns, and cannot be read by rows.`,
      "Save it anew: np.save(file, np.ascontiguousarray(array)).",
    );
  }
  if (/[US]\d+$/.test(header.descr)) throw new DataError(`The inputs in ${name} are texts, not numbers.`);
  if (header.shape.length === 0 || sizeOf(exampleShape) !== width) {
    throw new DataError(
      `${name} has the shape [${header.shape.join(", ")}]; its examples are not of [${exampleShape.join(", ")}].`,
      "Give a shape of as many numbers.",
    );
  }
  const notNumber = (value: number, row: number): DataError =>
    new DataError(
      `${name} has a value of x that is no number: ${value} in row ${row}, counted from 0.`,
      "Fill or leave out what is missing before you save it.",
    );
  const read = async (rows: readonly number[]): Promise<Float32Array> => {
    const values = new Float32Array(rows.length * width);
    const handle = await open(file).catch((error: unknown) => {
      throw unreadable(file, error);
    });
    try {
      await Promise.all(
        runsOf(rows).map(async ([from, to]) => {
          await readNumbers(handle, header, rows[from] * width, values.subarray(from * width, to * width), name);
        }),
      );
    } finally {
      await handle.close();
    }
    for (let i = 0; i < values.length; i++) {
      values[i] *= scale;
      if (!Number.isFinite(values[i])) throw notNumber(values[i], rows[Math.floor(i / width)]);
    }
    return values;
  };
  return { shape: [count, ...exampleShape], read, version: `${version} ${scale} [${exampleShape.join(",")}]` };
}

function readHeader(file: string, name: string): { header: NpyHeader; version: string } {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    const bytes = new Uint8Array(Math.min(HEADER, size));
    readSync(descriptor, bytes, 0, bytes.length, 0);
    const header = parseNpyHeader(bytes, name);
    if (!header) throw new DataError(`${name} is cut off in its header.`);
    checkLength(header, size, name);
    return { header, version: `${name} ${size} ${mtimeMs}` };
  } catch (error) {
    if (error instanceof NpzError) throw new DataError(`${name}: ${error.message}`, undefined, { cause: error });
    throw error instanceof DataError ? error : unreadable(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Where rows that follow each other in the file stand among those asked for: [from, to), `to` left out. */
function runsOf(rows: readonly number[]): [from: number, to: number][] {
  const runs: [number, number][] = [];
  let from = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && rows[i] === rows[i - 1] + 1) continue;
    runs.push([from, i]);
    from = i;
  }
  return runs;
}

/**
 * Fills `values` with the file's numbers from the `first` on.
 *
 * @throws DataError where the file ends before.
 */
async function readNumbers(
  handle: FileHandle,
  { descr, itemSize, offset }: NpyHeader,
  first: number,
  values: Float32Array,
  name: string,
): Promise<void> {
  const asTheyAre = descr === "<f4" && LITTLE_ENDIAN;
  const bytes = asTheyAre
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : new Uint8Array(values.length * itemSize);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + first * itemSize + done);
    if (bytesRead === 0) throw new DataError(`${name} has become shorter since training began.`);
    done += bytesRead;
  }
  if (!asTheyAre) values.set(decodeNumbers(bytes, values.length, descr));
}
