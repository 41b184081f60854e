/**
 * NumPy's .npz: a zip of .npy files. Read from the central directory, every size checked before anything is
 * allocated; only what is asked for is inflated. Nothing is ever written to a path from inside.
 */
import { Inflate } from "fflate";
import { concat } from "./concat";
import { type NpyArray, checkLength, parseNpy, parseNpyHeader } from "./npy";
import { NpzError } from "./npzError";
import { LARGEST_PACKED, NpzStream, type WrittenArray, collect } from "./npzStream";

export interface NpzLimits {
  /** Bytes of all arrays that are read, inflated. */
  maxBytes: number;
  /** Files in the archive. */
  maxEntries: number;
}

export const DEFAULT_LIMITS: NpzLimits = { maxBytes: 2 ** 31, maxEntries: 1000 };

/** An array above this size must not be smaller than a two-hundredth of it when packed: numbers are not, bombs are. */
const SUSPICIOUS_SIZE = LARGEST_PACKED;
const SUSPICIOUS_RATIO = 200;
/** Deflate cannot do better than this. */
const MAX_RATIO = 1032;

interface Entry {
  name: string;
  method: number;
  packedSize: number;
  size: number;
  /** Where its data begins. */
  start: number;
}

/**
 * The arrays of an archive by name, without ".npy".
 *
 * @param names read these only, where they are there; all by default.
 * @throws NpzError where it is no archive, is damaged, or exceeds the limits.
 */
export function readNpz(
  bytes: Uint8Array,
  limits: NpzLimits = DEFAULT_LIMITS,
  names?: readonly string[],
): Map<string, NpyArray> {
  const entries = readDirectory(bytes, limits)
    .filter(({ name }) => name.endsWith(".npy"))
    .map((entry) => ({ ...entry, name: entry.name.slice(0, -".npy".length) }))
    .filter(({ name }) => names === undefined || names.includes(name));
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.maxBytes) {
    throw new NpzError(
      `The arrays take ${megabytes(total)}; at most ${megabytes(limits.maxBytes)} are read. Save fewer samples or outputs to a file.`,
    );
  }
  return new Map(entries.map((entry) => [entry.name, parseNpy(contents(bytes, entry), entry.name)]));
}

/** The zip of arrays that `np.load` reads. The same arrays give the same bytes. */
export function writeNpz(arrays: Readonly<Record<string, WrittenArray>>): Uint8Array {
  return collect((emit) => {
    const stream = new NpzStream(emit);
    for (const [name, array] of Object.entries(arrays)) stream.add(name, array);
    stream.end();
  });
}

/** The central directory, checked against the bytes that are there. */
function readDirectory(bytes: Uint8Array, limits: NpzLimits): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, size } = findDirectory(view);
  if (count > limits.maxEntries)
    throw new NpzError(`The archive has ${count} files; at most ${limits.maxEntries} are read.`);
  const entries: Entry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > start + size || at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw damaged("its directory is cut off");
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged("its directory is cut off");
    entries.push(readEntry(view, bytes, at, nameLength, extraLength));
    at = next;
  }
  const names = new Set(entries.map(({ name }) => name));
  if (names.size !== entries.length) throw damaged("it has two files of one name");
  return entries;
}

function readEntry(view: DataView, bytes: Uint8Array, at: number, nameLength: number, extraLength: number): Entry {
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  if (view.getUint16(at + 8, true) & 1) throw new NpzError(`"${name}" is encrypted. Save the file without a password.`);
  const sizes = {
    packedSize: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  };
  const extraStart = at + 46 + nameLength;
  widen(view, extraStart, extraStart + extraLength, sizes);
  const { packedSize, size, offset } = sizes;
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8)
    throw new NpzError(
      `"${name}" is packed by method ${method}, which is not supported. Save it with np.savez or np.savez_compressed.`,
    );
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== 0x04034b50)
    throw damaged(`"${name}" is not where its directory says`);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packedSize > bytes.length) throw damaged(`"${name}" is cut off`);
  if (method === 0 && packedSize !== size) throw damaged(`the directory gives two sizes for "${name}"`);
  if (size > packedSize * MAX_RATIO + 64) throw damaged(`"${name}" cannot be as large as its directory says`);
  if (size > SUSPICIOUS_SIZE && size > packedSize * SUSPICIOUS_RATIO) {
    throw new NpzError(
      `"${name}" would grow from ${megabytes(packedSize)} to ${megabytes(size)}, as a zip bomb does. If it is yours, save it with np.savez, which does not pack.`,
    );
  }
  return { name, method, packedSize, size, start };
}

/** Zip64: a 32-bit field that is all ones has its value in an extra field, in a fixed order. */
function widen(
  view: DataView,
  from: number,
  to: number,
  sizes: { packedSize: number; size: number; offset: number },
): void {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let value = at + 4;
    for (const field of ["size", "packedSize", "offset"] as const) {
      if (sizes[field] !== 0xffffffff) continue;
      if (value + 8 > to) throw damaged("a size in its directory is cut off");
      sizes[field] = safeNumber(view.getBigUint64(value, true));
      value += 8;
    }
  }
}

/** The end record: the last thing in the file but for a comment of up to 64 KiB. */
function findDirectory(view: DataView): { count: number; start: number; size: number } {
  const length = view.byteLength;
  for (let at = length - 22; at >= Math.max(0, length - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const directory = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
    const locator = at - 20;
    if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) return zip64Directory(view, locator);
    if (directory.start + directory.size > at) throw damaged("its directory is cut off");
    return directory;
  }
  throw new NpzError("This is no npz file, or it is cut off: it has no zip directory. Write it with np.savez.");
}

function zip64Directory(view: DataView, locator: number): { count: number; start: number; size: number } {
  const at = safeNumber(view.getBigUint64(locator + 8, true));
  if (at + 56 > view.byteLength || view.getUint32(at, true) !== 0x06064b50)
    throw damaged("its zip64 directory is not where it should be");
  const [count, size, start] = [32, 40, 48].map((offset) => safeNumber(view.getBigUint64(at + offset, true)));
  if (start + size > view.byteLength) throw damaged("its directory is cut off");
  return { count, start, size };
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged("a size in it is impossible");
  return Number(value);
}

/** An entry's bytes. Its array's header is checked before room is made for the rest. */
function contents(bytes: Uint8Array, entry: Entry): Uint8Array {
  const packed = bytes.subarray(entry.start, entry.start + entry.packedSize);
  if (entry.method === 0) return packed;
  let whole: Uint8Array | undefined;
  let head = new Uint8Array(0);
  let filled = 0;
  const inflate = new Inflate((chunk) => {
    if (filled + chunk.length > entry.size) throw damaged(`"${entry.name}" is larger than its directory says`);
    if (!whole) {
      head = concat([head, chunk]);
      const header = parseNpyHeader(head, entry.name);
      if (header) {
        checkLength(header, entry.size, entry.name);
        whole = new Uint8Array(entry.size);
        whole.set(head);
      }
    } else {
      whole.set(chunk, filled);
    }
    filled += chunk.length;
  });
  try {
    for (let at = 0; at < packed.length; at += 0x8000) {
      inflate.push(packed.subarray(at, at + 0x8000), at + 0x8000 >= packed.length);
    }
  } catch (error) {
    throw error instanceof NpzError ? error : damaged(`"${entry.name}" cannot be unpacked`, error);
  }
  if (!whole || filled !== entry.size) throw damaged(`"${entry.name}" is smaller than its directory says`);
  return whole;
}

function damaged(what: string, cause?: unknown): NpzError {
  return new NpzError(`The archive is damaged: ${what}. Write it again.`, { cause });
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
