/** Arrays of examples, in one part or in several that are split already, as training data. */
import { sizeOf } from "../protocol/ndArray";
import { DataError } from "./dataError";
import { type ExampleSource, partOf } from "./inputs";
import { type SplitOptions, type SplitRows, splitRows } from "./splits";
import type { Targets } from "./targets";
import type { Split, TrainingData } from "./trainingData";

export interface ExampleOptions {
  /** Shape of one example, where it is not the array's: [784] or [28, 28, 1]. */
  shape?: readonly number[];
  /** What every number of x is multiplied by. */
  scale?: number;
  /** One name a feature, in row-major order. */
  featureNames?: readonly string[];
  /** Shares and seed of the splits that the files do not have. */
  split?: SplitOptions;
}

/** Numbers with their shape, [examples, ...shape], of whatever type the file has. */
export interface Source {
  data: ArrayLike<number>;
  shape: readonly number[];
}

/** Inputs of each split that the files have; `train` is split further where others are missing. */
export interface Sources {
  train: Source;
  validation?: Source | undefined;
  test?: Source | undefined;
}

/**
 * Training data from arrays.
 *
 * @param targets of the examples of all sources, one after another: train, validation, test.
 * @param name of the file, for messages.
 * @throws DataError where shapes do not fit, or a number is none.
 */
export function fromSources(
  sources: Sources,
  targets: Targets,
  name: string,
  { shape, scale = 1, featureNames, split }: ExampleOptions,
): TrainingData {
  const { train, validation, test } = sources;
  const exampleShape = shape ?? train.shape.slice(1);
  const width = sizeOf(exampleShape);
  const all = [train, validation, test].filter((source) => source !== undefined);
  for (const source of all) {
    if (source.data.length === source.shape[0] * width) continue;
    throw new DataError(
      `${name} has examples of shape [${source.shape.slice(1).join(", ")}], which are not of [${exampleShape.join(", ")}].`,
      shape ? "Give a shape of as many numbers." : "The examples of every split are of one shape.",
    );
  }
  const counts = { train: train.shape[0], validation: validation?.shape[0], test: test?.shape[0] };
  const rows = chooseRows(counts, targets.strata, split);
  const take = (wanted: readonly number[]): Split => {
    const x = new Float32Array(wanted.length * width);
    wanted.forEach((row, n) => {
      let [source, at] = [0, row];
      while (at >= all[source].shape[0]) at -= all[source++].shape[0];
      const { data } = all[source];
      for (let i = 0; i < width; i++) x[n * width + i] = data[at * width + i] * scale;
    });
    const bad = x.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new DataError(
        `${name} has a value of x that is no number: ${x[bad]} in row ${wanted[Math.floor(bad / width)]}, counted from 0.`,
        "Fill or leave out what is missing before you save it.",
      );
    }
    return { x: { data: x, shape: [wanted.length, ...exampleShape] }, y: targets.take(wanted) };
  };
  return {
    name: name.replace(/\.[^.]+$/, ""),
    train: take(rows.train),
    validation: take(rows.validation),
    ...(rows.test.length > 0 ? { test: take(rows.test) } : {}),
    ...targets.names,
    ...(featureNames ? { featureNames } : {}),
  };
}

/** How many examples each split has that the files have; `train` is split further where others are missing. */
export interface SplitCounts {
  train: number;
  validation?: number | undefined;
  test?: number | undefined;
}

/**
 * Training data of which only the targets are in memory.
 *
 * @param source of the examples of all splits, one after another: train, validation, test; as `targets`.
 */
export function fromExampleSource(
  source: ExampleSource,
  counts: SplitCounts,
  targets: Targets,
  name: string,
  { featureNames, split }: Pick<ExampleOptions, "featureNames" | "split">,
): TrainingData<ExampleSource> {
  const rows = chooseRows(counts, targets.strata, split);
  const take = (wanted: readonly number[]): Split<ExampleSource> => ({
    x: partOf(source, wanted),
    y: targets.take(wanted),
  });
  return {
    name: name.replace(/\.[^.]+$/, ""),
    train: take(rows.train),
    validation: take(rows.validation),
    ...(rows.test.length > 0 ? { test: take(rows.test) } : {}),
    ...targets.names,
    ...(featureNames ? { featureNames } : {}),
  };
}

function chooseRows(
  { train: count, validation, test }: SplitCounts,
  strata: readonly number[],
  options?: SplitOptions,
): SplitRows {
  const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);
  const watched = validation === undefined ? undefined : range(count, validation);
  const held = test === undefined ? undefined : range(count + (watched?.length ?? 0), test);
  if (watched) return { train: range(0, count), validation: watched, test: held ?? [] };
  const split = splitRows(count, strata.slice(0, count), held ? { ...options, test: 0 } : options);
  return held ? { ...split, test: held } : split;
}
