/**
 * NumPy's .npy format, versions 1 to 3 (NEP 1): a header that is a Python dict of three literals, then the numbers.
 * The header is matched, never evaluated.
 */
import { sizeOf } from "../protocol/ndArray";
import { concat } from "./concat";
import { NpzError } from "./npzError";

export type NumericData =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface NumericNpyArray {
  kind: "numeric";
  /** NumPy's descriptor as the file has it: "<f4", "|u1". */
  descr: string;
  shape: readonly number[];
  /** Row-major; half floats are widened to Float32Array, 64-bit integers to Float64Array, booleans to Uint8Array. */
  data: NumericData;
}

export interface TextNpyArray {
  kind: "text";
  shape: readonly number[];
  data: readonly string[];
}

export type NpyArray = NumericNpyArray | TextNpyArray;

/** What an .npy file says before its numbers. */
export interface NpyHeader {
  descr: string;
  fortranOrder: boolean;
  shape: readonly number[];
  /** Where the numbers begin, bytes. */
  offset: number;
  /** Bytes of one element. */
  itemSize: number;
}

/** A header is at most this long: ours and NumPy's are a few hundred bytes. */
export const MAX_HEADER = 1 << 20;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * The header at the start of the bytes; undefined where more bytes are needed.
 *
 * @throws NpzError where it is none, or the array is of a kind that is refused.
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader | undefined {
  if (bytes.length < 12) return undefined;
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new NpzError(`"${name}" is no NumPy array: its first bytes are not NumPy's.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3)
    throw new NpzError(`"${name}" is of version ${version} of NumPy's format; 1 to 3 are known.`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) throw new NpzError(`The header of "${name}" is ${length} bytes long; it must be damaged.`);
  if (bytes.length < start + length) return undefined;
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, start + length));
  return { ...parseDict(text, name), offset: start + length };
}

function parseDict(text: string, name: string): Omit<NpyHeader, "offset"> {
  const damaged = (what: string): NpzError => new NpzError(`The header of "${name}" is damaged: ${what}.`);
  const [, body] = /^\s*\{([^{}]*)\}\s*$/.exec(text) ?? [];
  if (body === undefined) throw damaged("it is no dict");
  if (/'descr'\s*:\s*\[/.test(body)) {
    throw new NpzError(
      `"${name}" is a structured array, which is not supported. Save its columns as arrays of their own.`,
    );
  }
  const [, descr] = /'descr'\s*:\s*'([^']*)'/.exec(body) ?? [];
  const [, order] = /'fortran_order'\s*:\s*(True|False)/.exec(body) ?? [];
  const [, dimensions] = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(body) ?? [];
  if (descr === undefined) throw damaged("it does not say what the elements are");
  if (order === undefined) throw damaged("it does not say the order");
  if (dimensions === undefined) throw damaged("it does not say the shape");
  const shape = dimensions
    .split(",")
    .map((dimension) => dimension.trim())
    .filter((dimension) => dimension !== "")
    .map(Number);
  if (shape.length > 32) throw damaged(`it has ${shape.length} dimensions`);
  if (!Number.isSafeInteger(sizeOf(shape)) || shape.some((n) => !Number.isSafeInteger(n)))
    throw damaged("its shape is too large");
  return { descr, fortranOrder: order === "True", shape, itemSize: itemSizeOf(descr, name) };
}

const NUMERIC = /^[<>|=]?([fiub])(\d+)$/;
const TEXT = /^[<>|=]?([US])(\d+)$/;
const SIZES: Record<string, readonly number[]> = { f: [2, 4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] };

function itemSizeOf(descr: string, name: string): number {
  const [, kind, digits] = NUMERIC.exec(descr) ?? [];
  if (kind !== undefined && SIZES[kind].includes(Number(digits))) return Number(digits);
  const [, text, length] = TEXT.exec(descr) ?? [];
  if (text !== undefined) return Number(length) * (text === "U" ? 4 : 1);
  if (/O/.test(descr)) {
    throw new NpzError(
      `"${name}" holds Python objects (a pickle), which can run code and is never read. Save it as numbers or as text: np.array(names, dtype=str).`,
    );
  }
  throw new NpzError(
    `"${name}" holds elements of the kind "${descr}", which is not supported. Save it as float32 or float64: array.astype("float32").`,
  );
}

/**
 * The array in the bytes of an .npy file.
 *
 * @param name of the array, for messages.
 * @throws NpzError where the bytes are no such file, are cut off, or hold what is refused.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const header = parseNpyHeader(bytes, name);
  if (!header) throw new NpzError(`"${name}" is cut off in its header.`);
  checkLength(header, bytes.length, name);
  const { shape, descr, fortranOrder } = header;
  const count = sizeOf(shape);
  const body = bytes.subarray(header.offset);
  const [, kind] = TEXT.exec(descr) ?? [];
  if (kind !== undefined) {
    const texts = kind === "U" ? decodeUnicode(body, count, header, name) : decodeBytes(body, count, header.itemSize);
    return { kind: "text", shape, data: fortranOrder ? rowMajor(texts, shape, new Array<string>(count)) : texts };
  }
  const data = decodeNumbers(body, count, descr);
  return { kind: "numeric", descr, shape, data: fortranOrder ? rowMajor(data, shape, data.slice()) : data };
}

/** @throws NpzError where a file of `length` bytes does not hold what its header says. */
export function checkLength(header: NpyHeader, length: number, name: string): void {
  const wanted = header.offset + sizeOf(header.shape) * header.itemSize;
  if (wanted !== length) {
    throw new NpzError(
      `"${name}" says that it has shape [${header.shape.join(", ")}], which takes ${wanted} bytes, but it has ${length}: the file is damaged or cut off.`,
    );
  }
}

/** Numbers from the bytes of an array's body, as `NumericNpyArray.data` has them. */
export function decodeNumbers(body: Uint8Array, count: number, descr: string): NumericData {
  const kind = descr.replace(/^[<>|=]/, "");
  const size = Number(kind.slice(1));
  // A copy of its own, aligned, that may be reversed (a Buffer's slice would be a view).
  const bytes = new Uint8Array(body.subarray(0, count * size));
  if (descr.startsWith(">") && size > 1) reverseElements(bytes, size);
  const buffer = bytes.buffer;
  switch (kind) {
    case "f4":
      return new Float32Array(buffer);
    case "f8":
      return new Float64Array(buffer);
    case "f2":
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case "i1":
      return new Int8Array(buffer);
    case "i2":
      return new Int16Array(buffer);
    case "i4":
      return new Int32Array(buffer);
    case "i8":
      return Float64Array.from(new BigInt64Array(buffer), Number);
    case "u2":
      return new Uint16Array(buffer);
    case "u4":
      return new Uint32Array(buffer);
    case "u8":
      return Float64Array.from(new BigUint64Array(buffer), Number);
    default:
      return bytes;
  }
}

function reverseElements(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decodeUnicode(body: Uint8Array, count: number, { descr, itemSize }: NpyHeader, name: string): string[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const littleEndian = !descr.startsWith(">");
  return Array.from({ length: count }, (_, i) => {
    const points: number[] = [];
    for (let at = i * itemSize; at < (i + 1) * itemSize; at += 4) points.push(view.getUint32(at, littleEndian));
    while (points.at(-1) === 0) points.pop();
    if (points.some((point) => point > 0x10ffff))
      throw new NpzError(`A text in "${name}" is damaged: it has a character that does not exist.`);
    // Piecewise: a call takes only so many arguments.
    let text = "";
    for (let at = 0; at < points.length; at += 4096) text += String.fromCodePoint(...points.slice(at, at + 4096));
    return text;
  });
}

function decodeBytes(body: Uint8Array, count: number, itemSize: number): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, i) => {
    let end = (i + 1) * itemSize;
    while (end > i * itemSize && body[end - 1] === 0) end--;
    return decoder.decode(body.subarray(i * itemSize, end));
  });
}

/** Column-major elements in row-major order. */
function rowMajor<A extends NumericData | string[]>(source: A, shape: readonly number[], target: A): A {
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0; to < source.length; to++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + index[axis];
    target[to] = source[from];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return target;
}

const DESCRIPTORS = new Map<unknown, string>([
  [Float32Array, "<f4"],
  [Float64Array, "<f8"],
  [Int8Array, "|i1"],
  [Uint8Array, "|u1"],
  [Int16Array, "<i2"],
  [Uint16Array, "<u2"],
  [Int32Array, "<i4"],
  [Uint32Array, "<u4"],
]);

/** The bytes of an .npy file, version 1 (3 where it needs more): what `np.save` writes on a little-endian machine. */
export function formatNpy(array: Omit<NumericNpyArray, "descr"> | TextNpyArray): Uint8Array {
  const { header, body } = npyBytes(array);
  return concat([header, body]);
}

/** Of an .npy file what precedes the elements, and these: of numbers the array's own memory. */
export function npyBytes(array: Omit<NumericNpyArray, "descr"> | TextNpyArray): {
  header: Uint8Array;
  body: Uint8Array;
} {
  const count = sizeOf(array.shape);
  if (array.data.length !== count) {
    throw new RangeError(
      `An array of shape [${array.shape.join(", ")}] has ${count} elements, not ${array.data.length}.`,
    );
  }
  if (array.kind === "text") {
    const points = array.data.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
    const longest = Math.max(1, ...points.map((text) => text.length));
    const body = new Uint32Array(count * longest);
    points.forEach((text, i) => body.set(text, i * longest));
    return { header: formatHeader(`<U${longest}`, array.shape), body: new Uint8Array(body.buffer) };
  }
  const { data } = array;
  return {
    header: npyHeader(array.shape, data).header,
    body: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** What precedes the elements of an array of numbers, and how many these are. @param data of their type. */
export function npyHeader(shape: readonly number[], data: NumericData): { header: Uint8Array; count: number } {
  const descr = DESCRIPTORS.get(data.constructor);
  if (descr === undefined) throw new TypeError("No NumPy type for this array.");
  return { header: formatHeader(descr, shape), count: sizeOf(shape) };
}

function formatHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // The numbers begin at a multiple of 64, after a newline.
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const header = new Uint8Array(10 + length);
  header.set([...MAGIC, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(dict.padEnd(length - 1) + "\n"), 10);
  return header;
}
