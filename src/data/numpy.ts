/** NumPy's arrays as training data. */
import path from "node:path";
import { DEFAULT_LIMITS, type NpyArray, NpzError, parseNpy, readNpz } from "../npz";
import { DataError } from "./dataError";
import { type ExampleOptions, type Source, fromExampleSource, fromSources } from "./examples";
import type { ExampleSource } from "./inputs";
import { npySource } from "./npySource";
import { readDataFile, resolveDataPath } from "./recipeFolder";
import { type TargetOptions, type Targets, readTargets, rowTargets } from "./targets";
import type { TrainingData } from "./trainingData";

export interface NpyOptions extends ExampleOptions, TargetOptions {}

export interface NpzOptions extends NpyOptions {
  /** Name of the inputs' array; "x" by default. Where the file has x_train, and x_val or x_test, those are the splits. */
  x?: string;
  /** Name of the targets' array; "y" by default. */
  y?: string;
}

/** Names that people give a split, first ours. */
const SPLITS = {
  train: ["train"],
  validation: ["validation", "val", "valid"],
  test: ["test"],
} as const;

/**
 * Inputs and targets of an .npz: arrays x and y, or x_train, y_train and so on, as Keras' data sets have them. y holds class
 * numbers or texts, which become one-hot rows, quantities, or rows [n, columns], which stay as they are.
 *
 * @param file relative to the recipe.
 * @throws DataError that names the array and what is wrong with it.
 */
export function npz(file: string | URL, options: NpzOptions = {}): TrainingData {
  const absolute = resolveDataPath(file);
  const name = path.basename(absolute);
  const arrays = reading(name, () => readNpz(readDataFile(absolute), DEFAULT_LIMITS));
  const { x = "x", y = "y" } = options;
  const find = (kind: string, split: keyof typeof SPLITS): NpyArray | undefined =>
    SPLITS[split].map((ending) => arrays.get(`${kind}_${ending}`)).find((array) => array !== undefined);
  const missing = (what: string, wanted: string): DataError =>
    new DataError(
      `${name} has no ${what} named "${wanted}"; its arrays: ${[...arrays.keys()].join(", ") || "none"}.`,
      'Save it with numpy.savez(file, x=…, y=…), or name them: { x: "images", y: "labels" }.',
    );
  const pair = (inputs: NpyArray | undefined, targets: NpyArray | undefined): Pair | undefined => {
    if (!inputs && !targets) return undefined;
    if (!inputs) throw missing("inputs", x);
    if (!targets) throw missing("targets", y);
    return { x: inputs, y: targets };
  };
  const part = (split: keyof typeof SPLITS): Pair | undefined => pair(find(x, split), find(y, split));
  const whole = arrays.has(x) || arrays.has(y) ? pair(arrays.get(x), arrays.get(y)) : undefined;
  const train = whole ?? part("train");
  if (!train) throw missing("inputs", x);
  return assemble(train, whole ? {} : { validation: part("validation"), test: part("test") }, name, options);
}

/**
 * Inputs and targets of two .npy files; as `npz` otherwise.
 *
 * With `lazy: true` only y is read into memory, and each batch of x from the disk: for sets larger than memory.
 *
 * @param x, y files, relative to the recipe.
 */
export function npy(
  x: string | URL,
  y: string | URL,
  options: NpyOptions & { lazy: true },
): TrainingData<ExampleSource>;
export function npy(x: string | URL, y: string | URL, options?: NpyOptions & { lazy?: false }): TrainingData;
export function npy(
  x: string | URL,
  y: string | URL,
  { lazy = false, ...options }: NpyOptions & { lazy?: boolean } = {},
): TrainingData | TrainingData<ExampleSource> {
  const read = (file: string | URL): NpyArray => {
    const absolute = resolveDataPath(file);
    const name = path.basename(absolute);
    return reading(name, () => parseNpy(readDataFile(absolute), name));
  };
  const name = path.basename(resolveDataPath(x));
  if (!lazy) return assemble({ x: read(x), y: read(y) }, {}, name, options);
  const source = npySource(resolveDataPath(x), options.shape, options.scale ?? 1);
  const targets = read(y);
  checkCounts(source.shape, targets.shape, name);
  return fromExampleSource(source, { train: source.shape[0] }, targetsOf([targets], name, options), name, options);
}

function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NpzError) throw new DataError(`${name}: ${error.message}`, undefined, { cause: error });
    throw error;
  }
}

interface Pair {
  x: NpyArray;
  y: NpyArray;
}

function assemble(
  train: Pair,
  { validation, test }: { validation?: Pair | undefined; test?: Pair | undefined },
  name: string,
  options: NpyOptions,
): TrainingData {
  const sources = {
    train: inputsOf(train, name),
    validation: validation && inputsOf(validation, name),
    test: test && inputsOf(test, name),
  };
  const targets = [train, validation, test].flatMap((pair) => (pair ? [pair.y] : []));
  return fromSources(sources, targetsOf(targets, name, options), name, options);
}

/** @throws DataError where inputs are no numbers, or not as many as targets. */
function inputsOf({ x, y }: Pair, name: string): Source {
  if (x.kind === "text") {
    throw new DataError(`The inputs in ${name} are texts, not numbers.`, "Save numbers, or load a table with csv().");
  }
  checkCounts(x.shape, y.shape, name);
  return x;
}

/** @throws DataError where there are not as many inputs as targets. */
function checkCounts(x: readonly number[], y: readonly number[], name: string): void {
  if (x.length > 0 && y.length > 0 && x[0] === y[0] && x[0] > 0) return;
  throw new DataError(
    `${name} has inputs of shape [${x.join(", ")}] and targets of [${y.join(", ")}].`,
    "Both need one row an example.",
  );
}

function targetsOf(arrays: readonly NpyArray[], name: string, options: TargetOptions): Targets {
  const where = `The array y of ${name}`;
  const width = String(arrays[0].shape.slice(1));
  if (arrays.some((array) => String(array.shape.slice(1)) !== width || array.kind !== arrays[0].kind)) {
    throw new DataError(`${where} is of one kind and shape in one split and of another in another.`);
  }
  const numbers = arrays.flatMap((array) => (array.kind === "numeric" ? Array.from(array.data) : []));
  const texts = arrays.flatMap((array) => (array.kind === "text" ? array.data : []));
  const single = width === "" || width === "1";
  if (single) return readTargets(texts.length > 0 ? texts : numbers, "y", where, options);
  if (texts.length > 0) throw new DataError(`${where} holds several texts an example.`, "Save one a row.");
  return rowTargets(numbers, [numbers.length / sizeOfRow(arrays[0]), ...arrays[0].shape.slice(1)], options);
}

function sizeOfRow({ data, shape }: NpyArray): number {
  return data.length / shape[0];
}
