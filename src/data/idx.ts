/** The IDX format, in which MNIST and its kin are published. */
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { sizeOf } from "../protocol/ndArray";
import { DataError } from "./dataError";
import { type ExampleOptions, type Source, fromSources } from "./examples";
import { readDataFile, resolveDataPath } from "./recipeFolder";
import { type TargetOptions, readTargets } from "./targets";
import type { TrainingData } from "./trainingData";

/** Two files, plain or packed by gzip; relative to the recipe. */
export interface IdxFiles {
  /** [examples, rows, columns]: "train-images-idx3-ubyte.gz". */
  images: string | URL;
  /** [examples]: "train-labels-idx1-ubyte.gz". */
  labels: string | URL;
}

export interface IdxOptions extends IdxFiles, ExampleOptions, TargetOptions {
  /** The files that are held out: "t10k-images-idx3-ubyte.gz". Without them, a share of the others is. */
  test?: IdxFiles;
}

/**
 * Images and labels as training data: x [examples, rows, columns, 1], bytes as 0 to 1; y one-hot.
 *
 * @throws DataError that names the file and what is wrong with it.
 */
export function idx(options: IdxOptions): TrainingData {
  const { images, labels, test, ...rest } = options;
  const parts = [{ images, labels }, ...(test ? [test] : [])].map(readPair);
  const [train, held] = parts.map(({ x }) => x);
  const name = path.basename(resolveDataPath(images));
  const classes = parts.flatMap(({ y }) => Array.from(y.data));
  const targets = readTargets(classes, "label", `The label in ${path.basename(resolveDataPath(labels))}`, {
    task: "classification",
    ...rest,
  });
  const bytes = train.data instanceof Uint8Array;
  // Pictures in grey have one channel, which convolutions want to see.
  const shape = train.shape.length === 3 ? [...train.shape.slice(1), 1] : train.shape.slice(1);
  return fromSources({ train, test: held }, targets, name, { shape, scale: bytes ? 1 / 255 : 1, ...rest });
}

function readPair({ images, labels }: IdxFiles): { x: Source; y: Source } {
  const x = readIdx(images);
  const y = readIdx(labels);
  if (x.shape.length > 1 && y.shape.length === 1 && x.shape[0] === y.shape[0]) return { x, y };
  throw new DataError(
    `The images have the shape [${x.shape.join(", ")}], the labels [${y.shape.join(", ")}].`,
    "Give the labels that belong to these images: one number an image.",
  );
}

type Numbers = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** By the third byte of a file: bytes of an element, and how it is read. @see http://yann.lecun.com/exdb/mnist/ */
const TYPES: Record<
  number,
  { size: number; make: (length: number) => Numbers; get: (view: DataView, at: number) => number }
> = {
  0x08: { size: 1, make: (n) => new Uint8Array(n), get: (view, at) => view.getUint8(at) },
  0x09: { size: 1, make: (n) => new Int8Array(n), get: (view, at) => view.getInt8(at) },
  0x0b: { size: 2, make: (n) => new Int16Array(n), get: (view, at) => view.getInt16(at) },
  0x0c: { size: 4, make: (n) => new Int32Array(n), get: (view, at) => view.getInt32(at) },
  0x0d: { size: 4, make: (n) => new Float32Array(n), get: (view, at) => view.getFloat32(at) },
  0x0e: { size: 8, make: (n) => new Float64Array(n), get: (view, at) => view.getFloat64(at) },
};

function readIdx(file: string | URL): Source {
  const absolute = resolveDataPath(file);
  const name = path.basename(absolute);
  const bytes = unpack(readDataFile(absolute), name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 ? TYPES[bytes[2]] : undefined;
  const dimensions = bytes[3];
  const start = 4 + 4 * dimensions;
  if (!type || dimensions === 0 || bytes.length < start) {
    throw new DataError(
      `${name} is no IDX file, or its header is cut off.`,
      "It begins with two zero bytes, a type and a number of dimensions.",
    );
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const count = sizeOf(shape);
  if (bytes.length !== start + count * type.size) {
    throw new DataError(
      `${name} is damaged or cut off: shape [${shape.join(", ")}] takes ${start + count * type.size} bytes, it has ${bytes.length}.`,
      "Download it again.",
    );
  }
  if (count === 0) throw new DataError(`${name} holds nothing: its shape is [${shape.join(", ")}].`);
  const data = type.make(count);
  for (let i = 0; i < count; i++) data[i] = type.get(view, start + i * type.size);
  return { data, shape };
}

/** Of a gzipped file, no more is unpacked than an array may have. */
const MOST_BYTES = 2 ** 31 - 1;

function unpack(bytes: Buffer, name: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new DataError(`${name} is damaged: gzip cannot unpack it.`, "Download it again.", { cause: error });
  }
}
