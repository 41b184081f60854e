/** A short report of the data, at the start of a run: what would spoil the scores if nobody looked. */
import { countClasses } from "../../data/classWeights";
import type { Split, TrainingData } from "../../data/trainingData";
import type { DataReport } from "../../protocol/dataReport";
import type { NdArray } from "../../protocol/ndArray";
import { classWeightsOf } from "./classWeights";

/** A table of more features is too long to be read. */
const MOST_FEATURES = 50;

/** How many examples there are, of what shape, and what they are like. */
export function describeTrainingData(data: TrainingData): {
  name?: string;
  train: number;
  validation: number;
  test?: number;
  inputShape: number[];
  report: DataReport;
} {
  const { name, train, validation, test } = data;
  return {
    ...(name === undefined ? {} : { name }),
    train: train.x.shape[0],
    validation: validation.x.shape[0],
    ...(test ? { test: test.x.shape[0] } : {}),
    inputShape: train.x.shape.slice(1),
    report: reportOf(data),
  };
}

/** Counts, ranges, missing values, and examples that stand in the training split and in another. */
export function reportOf(data: TrainingData): DataReport {
  const { train, validation, test, classNames, targetNames, featureNames, loading = {} } = data;
  const splits = [train, validation, ...(test ? [test] : [])];
  const isTable = train.raw !== undefined && featureNames !== undefined && featureNames.length <= MOST_FEATURES;
  const oneHot = classNames !== undefined && String(train.y.shape.slice(1)) === String([classNames.length]);
  const { filled, skipped, problems } = loading;
  const classWeights = classWeightsOf(data);
  return {
    range: rangeOf(train.x.data),
    notNumbers: splits.reduce((sum, { x }) => sum + countMissing(x.data), 0),
    duplicates: countDuplicates(train, splits.slice(1)),
    ...(oneHot ? { classes: splits.map(({ y }) => countClasses(y)) } : {}),
    ...(classWeights ? { classWeights } : {}),
    ...(targetNames ? { targets: rangeOf(train.y.data) } : {}),
    ...(isTable ? { features: featureNames.map((name, i) => ({ name, ...featureOf(splits, i) })) } : {}),
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
