/** Arrays of examples in NumPy's files and IDX: which are inputs and targets, and of what shape an example is. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { ExampleFacts, Load, LoadOption } from "../../protocol/dataFacts";
import { sizeOf } from "../../protocol/ndArray";
import { DEFAULT_LIMITS, type NpyArray, NpzError, readNpz } from "../../npz";
import { DataError } from "../dataError";
import { idx } from "../idx";
import { type NpzOptions, npy, npz } from "../numpy";
import { readDataFile } from "../recipeFolder";
import type { Split, TrainingData } from "../trainingData";

/** What people call inputs and targets, alone or followed by "_train"; ours first. */
const INPUT_NAMES = ["x", "X", "images", "data", "features", "inputs"];
const TARGET_NAMES = ["y", "Y", "labels", "label", "target", "targets"];
const CLASS_NAMES = ["class_names", "classNames", "target_names", "classes"];
const FEATURE_NAMES = ["feature_names", "featureNames", "columns"];

/** Numbers above this are scaled down: a network learns from numbers about as large as 1. */
const LARGE = 10;

/** @throws DataError where no arrays in it can be told to be inputs and targets. */
export function inspectNpz(file: string): ExampleFacts {
  const name = path.basename(file);
  const arrays = readArrays(file, name);
  const { x, y } = findPair(arrays, name);
  const inputs = arrays.get(x) ?? arrays.get(`${x}_train`);
  if (inputs?.kind !== "numeric") throw new DataError(`The array "${x}" of ${name} holds texts, not numbers.`);
  const shaped = shapeOptions(inputs, name);
  const texts = (names: readonly string[], length: number): string[] | undefined =>
    names
      .map((each) => arrays.get(each))
      .flatMap((array) => (array?.kind === "text" && array.data.length === length ? [array.data.map(String)] : []))
      .at(0);
  const named: NpzOptions = { ...(x === "x" ? {} : { x }), ...(y === "y" ? {} : { y }) };
  const loaded = npz(file, { ...named, ...shaped });
  const classNames = texts(CLASS_NAMES, loaded.train.y.shape[1] ?? 0);
  const featureNames = texts(FEATURE_NAMES, sizeOf(loaded.train.x.shape.slice(1)));
  const options = {
    ...named,
    ...shaped,
    ...(classNames && (loaded.classNames ?? isOneHot(loaded.train)) ? { classNames } : {}),
    ...(featureNames ? { featureNames } : {}),
  };
  return factsOf(npz(file, options), { loader: "npz", files: [file], options: options as Load["options"] }, file);
}

function readArrays(file: string, name: string): Map<string, NpyArray> {
  try {
    return readNpz(readDataFile(file), DEFAULT_LIMITS);
  } catch (error) {
    if (error instanceof NpzError) throw new DataError(`${name}: ${error.message}`, undefined, { cause: error });
    throw error;
  }
}

function findPair(arrays: ReadonlyMap<string, NpyArray>, name: string): { x: string; y: string } {
  const has = (each: string): boolean => arrays.has(each) || arrays.has(`${each}_train`);
  const x = INPUT_NAMES.find(has);
  const y = TARGET_NAMES.find(has);
  if (x !== undefined && y !== undefined) return { x, y };
  const found = [...arrays].map(([each, { shape }]) => `${each} [${shape.join(", ")}]`).join("; ");
  throw new DataError(
    `${name} has no arrays that are called inputs and targets; it has ${found || "none"}.`,
    "Save it with numpy.savez(file, x=…, y=…).",
  );
}

/** How examples must be shaped and scaled. A picture in grey gets its channel. */
function shapeOptions(
  { shape, data }: { shape: readonly number[]; data: ArrayLike<number> },
  name: string,
): Pick<NpzOptions, "shape" | "scale"> {
  const example = shape.slice(1);
  const bytes = data instanceof Uint8Array;
  const most = largest(data);
  const scale = bytes ? 1 / 255 : most > LARGE ? 1 / most : undefined;
  const [first, second, third] = example;
  if (example.length === 3 && first <= 4 && second > 4 && third > 4) {
    throw new DataError(
      `${name} has pictures of shape [${example.join(", ")}], channels first.`,
      "Save them with channels last: numpy.transpose(x, (0, 2, 3, 1)).",
    );
  }
  const grey = example.length === 2 && (bytes || first === second);
  return {
    ...(example.length === 0 ? { shape: [1] } : grey ? { shape: [...example, 1] } : {}),
    ...(scale === undefined ? {} : { scale }),
  };
}

function largest(data: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]));
  return most;
}

/** The file of targets that belongs to one of inputs, or the other way round, by their names. */
const NPY_PAIRS = INPUT_NAMES.flatMap((x) => TARGET_NAMES.map((y) => [x, y] as const));

/** @throws DataError where its counterpart is not beside it. */
export function inspectNpy(file: string): ExampleFacts {
  const folder = path.dirname(file);
  const stem = path.parse(file).name;
  const [, part, ending] = /^([A-Za-z]+?)(_train)?$/.exec(stem) ?? [];
  const [x, y] = NPY_PAIRS.filter((pair) => pair.includes(part))
    .map((pair) => pair.map((each) => path.join(folder, `${each}${ending ?? ""}.npy`)))
    .find((pair) => pair.every((each) => existsSync(each))) ?? [undefined, undefined];
  if (x === undefined || y === undefined) {
    throw new DataError(
      `${path.basename(file)} is one array; its targets, or its inputs, are not beside it.`,
      "Put x.npy and y.npy side by side, or save both with numpy.savez(file, x=…, y=…).",
    );
  }
  const plain = npy(x, y).train.x;
  const options = shapeOptions(plain, path.basename(x));
  return factsOf(npy(x, y, options), { loader: "npy", files: [x, y], options: options as Load["options"] }, x);
}

const IDX_FILE = /idx[1-4]-ubyte(\.gz)?$|\.idx[1-4]?(\.gz)?$/i;

/** Whether a file's name is one of the IDX format, in which MNIST and its kin are published. */
export function isIdx(name: string): boolean {
  return IDX_FILE.test(name);
}

/** @throws DataError where images or labels are missing. */
export function inspectIdx(folder: string, chosen?: string): ExampleFacts {
  const names = readdirSync(folder).filter(isIdx).sort();
  const images = names.filter((name) => /image/i.test(name));
  const unpacked = (name: string): string => name.replace(/\.gz$/i, "");
  const labelsOf = (name: string): string | undefined => {
    const wanted = unpacked(name)
      .replace(/images/i, "labels")
      .replace(/idx[2-4]/i, "idx1");
    return names.find((other) => unpacked(other) === wanted);
  };
  const pairs = images.flatMap((name) => {
    const labels = labelsOf(name);
    return labels === undefined ? [] : [{ images: name, labels }];
  });
  const isTest = ({ images: name }: { images: string }): boolean => /^(t10k|test)/i.test(name);
  const train = pairs.find((pair) => !isTest(pair)) ?? pairs.at(0);
  if (!train) {
    throw new DataError(
      `${chosen ?? folder} has no pair of images and labels beside it.`,
      "Put both files into one folder, named as MNIST's: train-images-idx3-ubyte and train-labels-idx1-ubyte.",
    );
  }
  const held = pairs.find((pair) => isTest(pair) && pair !== train);
  const inFolder = (pair: { images: string; labels: string }): { images: string; labels: string } => ({
    images: path.join(folder, pair.images),
    labels: path.join(folder, pair.labels),
  });
  const files = { ...inFolder(train), ...(held ? { test: inFolder(held) } : {}) };
  const asFiles = (pair: { images: string; labels: string }): Record<string, LoadOption> => ({
    images: { file: pair.images },
    labels: { file: pair.labels },
  });
  const options = { ...asFiles(files), ...(files.test ? { test: asFiles(files.test) } : {}) };
  return factsOf(idx(files), { loader: "idx", files: [], options }, folder);
}

function factsOf(data: TrainingData, load: Load, file: string): ExampleFacts {
  const { train, validation, test, classNames } = data;
  const splits = [train, validation, ...(test ? [test] : [])];
  const outputs = sizeOf(train.y.shape.slice(1));
  const oneHot = splits.every(isOneHot);
  const counts = new Array<number>(outputs).fill(0);
  for (const { y } of oneHot ? splits : []) y.data.forEach((value, i) => (counts[i % outputs] += value));
  return {
    kind: "examples",
    path: file,
    name: path.parse(file).name,
    load,
    examples: splits.reduce((sum, { x }) => sum + x.shape[0], 0),
    inputShape: train.x.shape.slice(1),
    task: oneHot ? "classification" : "regression",
    outputs,
    classes: oneHot ? counts.map((count, i) => ({ name: classNames?.[i] ?? String(i), count })) : [],
  };
}

function isOneHot({ y: { data, shape } }: Split): boolean {
  if (shape.length !== 2 || shape[1] < 2) return false;
  let ones = 0;
  for (const value of data) {
    if (value === 1) ones++;
    else if (value !== 0) return false;
  }
  return ones === shape[0];
}
