/** A short report of the data, at the start of a run: what would spoil the scores if nobody looked. */
import { countClasses } from "../../data/classWeights";
import { type Inputs, isSource } from "../../data/inputs";
import type { Split, TrainingData } from "../../data/trainingData";
import type { DataReport } from "../../protocol/dataReport";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { classWeightsOf } from "./classWeights";
import { readExamples } from "./exampleSets";

/** A table of more features is too long to be read. */
const MOST_FEATURES = 50;

/** Of each split that is read batch by batch, so many examples are looked at, spread evenly; fewer where they are large. */
const LOOKED_AT = 256;
const LOOKED_AT_BYTES = 2 ** 24;

/** How many examples there are, of what shape, and what they are like. */
export async function describeTrainingData(data: TrainingData<Inputs>): Promise<{
  name?: string;
  train: number;
  validation: number;
  test?: number;
  inputShape: number[];
  report: DataReport;
}> {
  const { name, train, validation, test } = data;
  return {
    ...(name === undefined ? {} : { name }),
    train: train.x.shape[0],
    validation: validation.x.shape[0],
    ...(test ? { test: test.x.shape[0] } : {}),
    inputShape: train.x.shape.slice(1),
    report: isInMemory(data) ? reportOf(data) : await reportOfSome(data),
  };
}

function isInMemory(data: TrainingData<Inputs>): data is TrainingData {
  return splitsOf(data).every(({ x }) => !isSource(x));
}

function splitsOf<X extends Inputs>({ train, validation, test }: TrainingData<X>): Split<X>[] {
  return [train, validation, ...(test ? [test] : [])];
}

/** Counts, ranges, missing values, and examples that stand in the training split and in another. */
export function reportOf(data: TrainingData): DataReport {
  const { train, featureNames } = data;
  const splits = splitsOf(data);
  const isTable = train.raw !== undefined && featureNames !== undefined && featureNames.length <= MOST_FEATURES;
  return {
    ...reportOn(
      data,
      splits.map(({ x }) => x),
    ),
    duplicates: countDuplicates(train, splits.slice(1)),
    ...(isTable ? { features: featureNames.map((name, i) => ({ name, ...featureOf(splits, i) })) } : {}),
  };
}

/** The same by some of the examples; duplicates are found by all or not at all. */
async function reportOfSome(data: TrainingData<Inputs>): Promise<DataReport> {
  const seen: NdArray[] = [];
  for (const { x } of splitsOf(data)) {
    const most = Math.min(LOOKED_AT, Math.max(1, Math.floor(LOOKED_AT_BYTES / (4 * sizeOf(x.shape.slice(1))))));
    const count = Math.min(most, x.shape[0]);
    const rows = Array.from({ length: count }, (_, i) => Math.floor((i * x.shape[0]) / count));
    seen.push(isSource(x) ? await readExamples(x, rows) : x);
  }
  return { ...reportOn(data, seen), lookedAt: seen.reduce((sum, { shape }) => sum + shape[0], 0) };
}

/** @param inputs of each split, those that are looked at. */
function reportOn(data: TrainingData<Inputs>, inputs: readonly NdArray[]): DataReport {
  const { train, classNames, targetNames, loading = {} } = data;
  const oneHot = classNames !== undefined && String(train.y.shape.slice(1)) === String([classNames.length]);
  const { filled, skipped, problems } = loading;
  const classWeights = classWeightsOf(data);
  return {
    range: rangeOf(inputs[0].data),
    notNumbers: inputs.reduce((sum, x) => sum + countMissing(x.data), 0),
    ...(oneHot ? { classes: splitsOf(data).map(({ y }) => countClasses(y)) } : {}),
    ...(classWeights ? { classWeights } : {}),
    ...(targetNames ? { targets: rangeOf(train.y.data) } : {}),
    ...(filled === undefined ? {} : { filled }),
    ...(skipped === undefined ? {} : { skipped }),
    ...(problems === undefined ? {} : { problems: [...problems] }),
  };
}

/** [smallest, largest] of the finite numbers; [NaN, NaN] where there is none. */
function rangeOf(values: ArrayLike<number>): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < least && value !== -Infinity) least = value;
    if (value > most && value !== Infinity) most = value;
  }
  return least <= most ? [least, most] : [NaN, NaN];
}

function countMissing(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}

/** Range and gaps of a column of the raw values, in all splits. */
function featureOf(splits: readonly Split[], feature: number): { range: [number, number]; missing: number } {
  const values = splits.flatMap(({ x, raw = x }) => {
    const width = raw.data.length / raw.shape[0];
    return Array.from({ length: raw.shape[0] }, (_, row) => raw.data[row * width + feature]);
  });
  return { range: rangeOf(values), missing: countMissing(values) };
}

/** Examples of `others` whose inputs are those of a training example. */
function countDuplicates(train: Split, others: readonly Split[]): number {
  const width = train.x.data.length / train.x.shape[0];
  const rowsByHash = new Map<number, number[]>();
  const learned = bitsOf(train.x);
  for (let row = 0; row < train.x.shape[0]; row++) {
    const key = hashOf(learned, row * width, width);
    const rows = rowsByHash.get(key);
    if (rows) rows.push(row);
    else rowsByHash.set(key, [row]);
  }
  let count = 0;
  for (const { x } of others) {
    const bits = bitsOf(x);
    for (let row = 0; row < x.shape[0]; row++) {
      const rows = rowsByHash.get(hashOf(bits, row * width, width)) ?? [];
      if (rows.some((other) => areSame(learned, other * width, bits, row * width, width))) count++;
    }
  }
  return count;
}

function bitsOf({ data }: NdArray): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}

/** FNV-1a over whole words. */
function hashOf(words: Uint32Array, from: number, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < from + count; i++) {
    hash = Math.imul(hash ^ words[i], 0x01000193);
    // A word's high bits would never reach the low ones.
    hash ^= hash >>> 15;
  }
  return hash;
}

function areSame(a: Uint32Array, fromA: number, b: Uint32Array, fromB: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (a[fromA + i] !== b[fromB + i]) return false;
  return true;
}
