/** Rows near a sample of a table, as the package `lime` draws them. */
import { type NdArray, sizeOf } from "../../../protocol/ndArray";
import { ExplainerOptionError } from "../../attributions";
import type { Random } from "../../random";
import { normalCdf, normalQuantile } from "./normal";

export interface NeighbourhoodOptions {
  /** Cuts continuous features into bins: what counts is whether a row is in the sample's bin. Default true. */
  discretizeContinuous?: boolean;
  /** Into four or ten bins of as many rows each. Default quartile. */
  discretizer?: "quartile" | "decile";
  /** Continuous features that are not cut are drawn around the sample, not around the background's mean. Default false. */
  sampleAroundInstance?: boolean;
  /** Features whose values are names: what counts is whether a row has the sample's. Default none. */
  categoricalFeatures?: readonly number[];
}

/** Rows near a sample, which is the first of them. */
export interface Neighbourhood {
  /** [rows, features]: for the model. */
  rows: Float32Array;
  /** [rows, features]: for the regression; 1 where a bin or a category is the sample's, or standardized values. */
  interpretable: Float64Array;
}

/** How one feature is drawn, and what the regression sees of it, for a sample's value of it. */
type Column = (x: number) => {
  /** What the regression sees of the sample. */
  own: number;
  /** Writes a drawn value, and what the regression sees of it. */
  draw: (to: Neighbourhood, at: number, pick: number, place: number) => void;
};

/** A table's columns, from a background that stands for the training data. */
export class TableNeighbourhood {
  readonly #columns: readonly Column[];

  /**
   * @param background [references, ...features].
   * @throws ExplainerOptionError
   */
  constructor(background: NdArray, options: NeighbourhoodOptions) {
    const { discretizeContinuous = true, sampleAroundInstance = false, categoricalFeatures = [] } = options;
    const features = sizeOf(background.shape.slice(1));
    const unknown = categoricalFeatures.find((i) => !Number.isInteger(i) || i < 0 || i >= features);
    if (unknown !== undefined)
      throw new ExplainerOptionError(`categorical_features are numbers from 0 to ${features - 1}, not ${unknown}.`);
    if (sampleAroundInstance && discretizeContinuous)
      throw new ExplainerOptionError(
        "sample_around_instance is for features that are not cut into bins: set discretize_continuous to false.",
      );
    if (!background.data.every(Number.isFinite))
      throw new ExplainerOptionError("LIME takes no missing or infinite values; the background has some.");
    const percents = options.discretizer === "decile" ? [10, 20, 30, 40, 50, 60, 70, 80, 90] : [25, 50, 75];
    this.#columns = Array.from({ length: features }, (_, i) => {
      const column = Float64Array.from(
        { length: background.shape[0] },
        (_, row) => background.data[row * features + i],
      );
      if (categoricalFeatures.includes(i)) return categories(column);
      return discretizeContinuous ? bins(column, percents) : continuous(column, sampleAroundInstance);
    });
  }

  /**
   * @param x [features].
   * @param random two numbers for each row and feature, in [0, 1): which bin or category, and where in the bin or distribution.
   */
  draw(x: Float32Array, count: number, random: Random): Neighbourhood {
    const features = x.length;
    const columns = this.#columns.map((column, i) => column(x[i]));
    const drawn = { rows: new Float32Array(count * features), interpretable: new Float64Array(count * features) };
    for (let at = 0; at < count * features; at++) columns[at % features].draw(drawn, at, random(), random());
    drawn.rows.set(x);
    columns.forEach(({ own }, i) => (drawn.interpretable[i] = own));
    return drawn;
  }
}

/** Normal with the column's standard deviation; the regression sees it standardized. */
function continuous(column: Float64Array, aroundSample: boolean): Column {
  const { mean, deviation } = moments(column);
  // As scikit-learn's scaler has it for what does not vary.
  const scale = deviation > 0 ? deviation : 1;
  return (x) => {
    const centre = aroundSample ? x : mean;
    return {
      own: (x - mean) / scale,
      draw: ({ rows, interpretable }, at, _pick, place) => {
        const value = centre + scale * normalQuantile(inside(place));
        rows[at] = value;
        interpretable[at] = (value - mean) / scale;
      },
    };
  };
}

/** Each category as often as in the column. */
function categories(column: Float64Array): Column {
  const values = Float64Array.from(new Set(column)).sort();
  const until = cumulative(Array.from(values, (value) => column.reduce((n, each) => n + Number(each === value), 0)));
  return (x) => ({
    own: 1,
    draw: ({ rows, interpretable }, at, pick) => {
      rows[at] = values[firstAbove(until, pick)];
      interpretable[at] = Number(rows[at] === x);
    },
  });
}

/** Each bin as often as in the column; within it a normal distribution of the bin's rows, cut at the bin's ends. */
function bins(column: Float64Array, percents: readonly number[]): Column {
  const sorted = column.toSorted();
  const ends = Float64Array.from(new Set(percents.map((percent) => percentile(sorted, percent))));
  const binOf = (value: number): number => {
    let bin = 0;
    while (bin < ends.length && ends[bin] < value) bin++;
    return bin;
  };
  const members = Array.from({ length: ends.length + 1 }, (_, bin) => column.filter((value) => binOf(value) === bin));
  const until = cumulative(members.map(({ length }) => length));
  const drawn = members.map((rows, bin) => {
    const { mean, deviation } = moments(rows);
    const [least, most] = [ends[bin - 1] ?? sorted[0], ends[bin] ?? sorted[sorted.length - 1]];
    const spread = deviation + 1e-11;
    const [from, to] = [normalCdf((least - mean) / spread), normalCdf((most - mean) / spread)];
    return (place: number): number =>
      least === most
        ? least
        : Math.min(most, Math.max(least, mean + spread * normalQuantile(inside(from + place * (to - from)))));
  });
  return (x) => {
    const own = binOf(x);
    return {
      own: 1,
      draw: ({ rows, interpretable }, at, pick, place) => {
        const bin = firstAbove(until, pick);
        rows[at] = drawn[bin](place);
        interpretable[at] = Number(bin === own);
      },
    };
  };
}

/** A probability that has a finite quantile. */
function inside(p: number): number {
  return Math.min(1 - 2 ** -53, Math.max(2 ** -53, p));
}

/** Population moments; those of no rows are 0. */
function moments(values: Float64Array): { mean: number; deviation: number } {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** As numpy has it, between the two nearest rows. @param sorted ascending. */
function percentile(sorted: Float64Array, percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** Fractions up to and with each count. */
function cumulative(counts: readonly number[]): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  return Float64Array.from(counts, (count) => (sum += count) / total);
}

function firstAbove(until: Float64Array, pick: number): number {
  let at = 0;
  while (at < until.length - 1 && until[at] <= pick) at++;
  return at;
}
