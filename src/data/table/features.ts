/** Columns as inputs of a model. Whatever is learned from values is learned from the training rows alone. */
import { inOrder } from "../targets";
import type { Split } from "../trainingData";
import type { Column } from "./columns";

/** One column of x: how to make it, what it is called, and what an explanation shows. */
interface Feature {
  name: string;
  /** The number as the table has it, NaN where it is missing; 1 or 0 for a category. */
  raw: (row: number) => number;
  /** What stands in place of a missing one. */
  fill: number;
  mean: number;
  deviation: number;
}

export interface Features {
  names: string[];
  /** Missing values that stand filled in x. */
  filled: number;
  /** x and raw of rows, [rows, features]. */
  take: (rows: readonly number[]) => Pick<Split, "x" | "raw">;
}

/**
 * Numbers are standardised, unless they are wanted as they are: less the mean, by the standard deviation (0 for a constant). A category becomes a column for each
 * of its values, 1 or 0; a value that no training row has is 0 in all. Missing numbers are the median's, missing categories
 * the most frequent one's.
 */
export function fitFeatures(
  columns: readonly Column[],
  train: readonly number[],
  standardize: boolean = true,
): Features {
  const features = columns.flatMap((column) =>
    column.kind === "number" ? [numberFeature(column, train, standardize)] : oneHot(column, train),
  );
  let filled = 0;
  for (const { values } of columns)
    for (const value of values) if (value === undefined || Number.isNaN(value)) filled++;
  const take = (rows: readonly number[]): Pick<Split, "x" | "raw"> => {
    const shape = [rows.length, features.length];
    const x = new Float32Array(rows.length * features.length);
    const raw = new Float32Array(x.length);
    rows.forEach((row, n) =>
      features.forEach(({ raw: valueOf, fill, mean, deviation }, i) => {
        const value = valueOf(row);
        const at = n * features.length + i;
        raw[at] = value;
        x[at] = ((Number.isNaN(value) ? fill : value) - mean) / deviation;
      }),
    );
    return { x: { data: x, shape }, raw: { data: raw, shape } };
  };
  return { names: features.map(({ name }) => name), filled, take };
}

function numberFeature(
  { name, values }: Extract<Column, { kind: "number" }>,
  train: readonly number[],
  standardize: boolean,
): Feature {
  const known = train.map((row) => values[row]).filter((value) => !Number.isNaN(value));
  const fill = median(known);
  if (!standardize) return { name, raw: (row) => values[row], fill, mean: 0, deviation: 1 };
  const filled = train.map((row) => (Number.isNaN(values[row]) ? fill : values[row]));
  const mean = filled.reduce((sum, value) => sum + value, 0) / filled.length;
  const variance = filled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / filled.length;
  // Of a constant, what is left after the mean is rounding noise, which must not be blown up.
  const deviation = Math.sqrt(variance) > 1e-9 * Math.abs(mean) ? Math.sqrt(variance) : 1;
  return { name, raw: (row) => values[row], fill, mean, deviation };
}

function oneHot({ name, values }: Extract<Column, { kind: "category" }>, train: readonly number[]): Feature[] {
  const counts = new Map<string, number>();
  for (const row of train) {
    const value = values[row];
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort(inOrder);
  const mostFrequent = names.reduce<string | undefined>(
    (best, value) => (best === undefined || (counts.get(value) ?? 0) > (counts.get(best) ?? 0) ? value : best),
    undefined,
  );
  return names.map((category) => ({
    name: `${name}: ${category}`,
    raw: (row) => {
      const value = values[row];
      return value === undefined ? Number.NaN : Number(value === category);
    },
    fill: Number(category === mostFrequent),
    mean: 0,
    deviation: 1,
  }));
}

/** The median; 0 of nothing. */
function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
