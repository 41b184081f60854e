/** What the data is like, found out at the start of a run. */
import * as v from "valibot";
import { MetricValue } from "./numbers";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** [smallest, largest]; NaN where there is no number. */
const range = v.tuple([MetricValue, MetricValue]);

export const DataReport = v.object({
  /** Of the training inputs, as the model gets them. */
  range,
  /** Numbers of the inputs that are none, in all splits. */
  notNumbers: count,
  /** Examples of validation and test whose inputs are those of a training example; not looked for in a set that is streamed. */
  duplicates: v.optional(count),
  /** Of a set that is read batch by batch: how many examples' inputs this report is by. */
  lookedAt: v.optional(count),
  /** Examples of each class, in the order of the classes; a row for train, validation and, where there is one, test. */
  classes: v.optional(v.array(v.array(count))),
  /** What a training example of each class counts in the loss, in the order of the classes; 1 where it is left out. */
  classWeights: v.optional(v.array(MetricValue)),
  /** Of the training targets, where they are quantities. */
  targets: v.optional(range),
  /** The columns of a table, by its own numbers, in all splits. */
  features: v.optional(v.array(v.object({ name: v.string(), range, missing: count }))),
  /** Missing values that were filled in. */
  filled: v.optional(count),
  /** Rows or files that were left out, and the first of them by name. */
  skipped: v.optional(count),
  problems: v.optional(v.array(v.string())),
});
export type DataReport = v.InferOutput<typeof DataReport>;

interface NamedNumber {
  name: string;
  value: number;
}

/** The classes with the fewest and the most training examples. */
export function classExtremes(
  { classes }: DataReport,
  classNames: readonly string[] = [],
): { fewest: NamedNumber; most: NamedNumber } | undefined {
  const extremes = extremesOf(classes?.[0] ?? [], classNames);
  return extremes && { fewest: extremes.least, most: extremes.most };
}

/** The classes whose training examples count the least and the most in the loss. */
export function weightExtremes(
  { classWeights = [] }: DataReport,
  classNames: readonly string[] = [],
): { least: NamedNumber; most: NamedNumber } | undefined {
  return extremesOf(classWeights, classNames);
}

function extremesOf(
  values: readonly number[],
  classNames: readonly string[],
): { least: NamedNumber; most: NamedNumber } | undefined {
  const named = values.map((value, i) => ({ name: classNames[i] ?? String(i), value }));
  if (named.length === 0) return undefined;
  const sorted = [...named].sort((a, b) => a.value - b.value);
  return { least: sorted[0], most: sorted[sorted.length - 1] };
}
