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
  /** Examples of validation and test whose inputs are those of a training example. */
  duplicates: count,
  /** Examples of each class, in the order of the classes; a row for train, validation and, where there is one, test. */
  classes: v.optional(v.array(v.array(count))),
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

/** The classes with the fewest and the most training examples. */
export function classExtremes(
  { classes }: DataReport,
  classNames: readonly string[] = [],
): { fewest: { name: string; count: number }; most: { name: string; count: number } } | undefined {
  const named = classes?.[0]?.map((examples, i) => ({ name: classNames[i] ?? String(i), count: examples }));
  if (!named || named.length === 0) return undefined;
  const sorted = [...named].sort((a, b) => a.count - b.count);
  return { fewest: sorted[0], most: sorted[sorted.length - 1] };
}
