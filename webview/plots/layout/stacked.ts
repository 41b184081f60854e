/**
 * Geometry of the force plot of many samples, with the meaning of `shap.force_plot`: every sample is a single force plot
 * turned upright. What pushes f(x) up is stacked below the line of f(x), what pushes it down above it, and the features
 * with most effect lie next to the line.
 */
import { scaleLinear } from "d3-scale";
import { type OutputSlice, outputValue } from "../../../src/protocol/explanation";
import { featureName, featuresByImportance } from "./features";
import { axisTicks, type Link, type Tick } from "./link";
import type { NumberStyle } from "./numbers";
import { orderSamples, type OrderedSamples, type OrderNote, type SampleOrder } from "./order";
import { bandLabels, sampleTicks, type BandLabel } from "./stackedText";
import type { MeasureText } from "./text";

export interface StackedOptions {
  /** px */
  width: number;
  height: number;
  fontSize: number;
  link: Link;
  numberStyle: NumberStyle;
  measure: MeasureText;
  order: SampleOrder;
  /** The effects of all features, or of one. */
  effects: { of: "all" } | { of: "feature"; feature: number };
  /** More features than this are drawn together as one. */
  maxFeatures?: number;
}

/** One feature's area (or that of all the small ones together) on one side of f(x). */
export interface StackedBand {
  direction: "up" | "down";
  features: readonly number[];
  /** px for each column; `top` is above, so the smaller. */
  top: Float64Array;
  bottom: Float64Array;
}

/** What stands at one x: one sample or the mean of several. */
export interface StackedColumn {
  /** px */
  x: number;
  /** Rows of the slice. */
  samples: readonly number[];
}

export interface StackedLayout {
  width: number;
  height: number;
  plot: { left: number; right: number; top: number; bottom: number };
  columns: readonly StackedColumn[];
  /** "up" from the outermost to f(x), then "down" from f(x) outwards. */
  bands: readonly StackedBand[];
  /** Mean f(x) (or base + effect) of each column, where values add up, and its px. */
  outputs: Float64Array;
  outputY: Float64Array;
  /** Mean base value and its px. */
  base: { value: number; y: number };
  yTicks: readonly Tick[];
  xTicks: readonly { x: number; text: string }[];
  labels: readonly BandLabel[];
  ordered: OrderedSamples;
  notes: readonly StackedNote[];
}

export type StackedNote =
  | OrderNote
  /** Several samples share a pixel and are drawn as their mean. */
  | { kind: "binned"; samples: number; columns: number }
  | { kind: "others"; features: number }
  /** SHAP values that are not numbers, counted as 0. */
  | { kind: "notFinite"; values: number };

const MAX_FEATURES = 24;

/** Lays out all samples of a slice. O(samples x features); the result has at most a column a pixel. */
export function stackedLayout(slice: OutputSlice, options: StackedOptions): StackedLayout {
  const { width, height, fontSize, link, measure } = options;
  const { outputs: allOutputs, notFinite } = finiteOutputs(slice);
  const ordered = orderSamples(slice, options.order, allOutputs);
  const { shown, others } = chooseFeatures(slice, options);

  const axisWidth = fontSize * 4.2;
  const plot = { left: axisWidth, right: width - fontSize, top: fontSize * 2, bottom: height - fontSize * 3.2 };
  const columns = placeColumns(ordered, plot.left, plot.right);
  const { up, down, upTotal, downTotal, base } = sumEffects(slice, columns, shown, others);

  const slots = shown.length + (others.length ? 1 : 0);
  const members = (slot: number): readonly number[] => (slot < shown.length ? [shown[slot]] : others);
  const isOthers = (slot: number): number => Number(slot >= shown.length);
  const weight = (part: readonly Float64Array[]): number[] => part.map((row) => row.reduce((sum, x) => sum + x, 0));
  const upWeight = weight(up);
  const downWeight = weight(down);
  // Outermost first below the line, innermost first above it; the small ones together are always outermost.
  const upOrder = indices(slots).sort((a, b) => isOthers(b) - isOthers(a) || upWeight[a] - upWeight[b]);
  const downOrder = indices(slots).sort((a, b) => isOthers(a) - isOthers(b) || downWeight[b] - downWeight[a]);

  const count = columns.length;
  const outputs = Float64Array.from({ length: count }, (_, c) => base[c] + upTotal[c] - downTotal[c]);
  const meanBase = base.reduce((sum, x) => sum + x, 0) / Math.max(1, count);
  let low = meanBase;
  let high = meanBase;
  for (let c = 0; c < count; c++) {
    low = Math.min(low, outputs[c] - upTotal[c]);
    high = Math.max(high, outputs[c] + downTotal[c]);
  }
  const padding = (high - low || Math.abs(meanBase) || 1) * 0.05;
  const domain: [number, number] = [low - padding, high + padding];
  const y = scaleLinear(domain, [plot.bottom, plot.top]);

  const level = Float64Array.from(outputs, (value, c) => value - upTotal[c]);
  const stack = (slot: number, part: readonly Float64Array[], direction: StackedBand["direction"]): StackedBand => {
    const bottom = Float64Array.from(level, y);
    for (let c = 0; c < count; c++) level[c] += part[slot][c];
    return { direction, features: members(slot), top: Float64Array.from(level, y), bottom };
  };
  const bands = [
    ...upOrder.filter((slot) => upWeight[slot] > 0).map((slot) => stack(slot, up, "up")),
    ...downOrder.filter((slot) => downWeight[slot] > 0).map((slot) => stack(slot, down, "down")),
  ];

  const placed = columns.reduce((sum, column) => sum + column.samples.length, 0);
  const notes: StackedNote[] = [];
  if (ordered.note) notes.push(ordered.note);
  if (count < ordered.groups.length) notes.push({ kind: "binned", samples: placed, columns: count });
  if (others.length) notes.push({ kind: "others", features: others.length });
  if (notFinite) notes.push({ kind: "notFinite", values: notFinite });

  return {
    width,
    height,
    plot,
    columns,
    bands,
    outputs,
    outputY: Float64Array.from(outputs, y),
    base: { value: meanBase, y: y(meanBase) },
    yTicks: axisTicks({
      link,
      domain,
      range: [plot.bottom, plot.top],
      gap: fontSize,
      numberStyle: options.numberStyle,
      fontSize,
    }),
    xTicks: sampleTicks(ordered, columns, [plot.left, plot.right], { fontSize, measure, width }),
    labels: bandLabels(bands, columns, (feature) => featureName(slice, feature), { fontSize, measure }),
    ordered,
    notes,
  };
}

/** f(x) of every sample in the space where values add up, values that are not finite left out, and how many those are. */
export function finiteOutputs(slice: OutputSlice): { outputs: Float64Array; notFinite: number } {
  const outputs = Float64Array.from({ length: slice.samples }, (_, n) => outputValue(slice, n));
  const notFinite = slice.values.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
  return { outputs, notFinite };
}

/** Which features have areas of their own, and which share one. */
function chooseFeatures(slice: OutputSlice, options: StackedOptions): { shown: number[]; others: number[] } {
  if (options.effects.of === "feature") return { shown: [options.effects.feature], others: [] };
  const { order, total } = featuresByImportance(slice);
  const used = order.filter((feature) => total[feature] > 0);
  const limit = options.maxFeatures ?? MAX_FEATURES;
  return used.length <= limit + 1
    ? { shown: used, others: [] }
    : { shown: used.slice(0, limit), others: used.slice(limit) };
}

/** Puts groups at their x; groups that share a pixel become one column. A single group spans the whole width. */
function placeColumns(ordered: OrderedSamples, left: number, right: number): StackedColumn[] {
  const { groups, positions } = ordered;
  if (groups.length === 0) return [];
  if (groups.length === 1) {
    return [left, right].map((x) => ({ x, samples: groups[0] }));
  }
  const scale = scaleLinear([positions[0], positions[positions.length - 1]], [left, right]);
  const pixels = Math.max(2, Math.floor(right - left));
  if (groups.length <= pixels) return groups.map((samples, i) => ({ x: scale(positions[i]), samples }));
  const bins: { x: number; samples: number[] }[] = [];
  let current = -1;
  groups.forEach((samples, i) => {
    const bin = Math.min(pixels - 1, Math.floor(((scale(positions[i]) - left) / (right - left)) * pixels));
    if (bin !== current) {
      bins.push({ x: left + ((right - left) * bin) / (pixels - 1), samples: [] });
      current = bin;
    }
    const { samples: gathered } = bins[bins.length - 1];
    for (const sample of samples) gathered.push(sample);
  });
  return bins;
}

interface Sums {
  /** [slot][column], both positive: mean push up and down. */
  up: Float64Array[];
  down: Float64Array[];
  upTotal: Float64Array;
  downTotal: Float64Array;
  base: Float64Array;
}

/**
 * Mean effects of each column. A feature's effects are averaged over the column's samples with their signs, so the areas of
 * a column are those of its mean explanation, as `shap.force_plot` averages samples that share a feature's value.
 */
function sumEffects(
  slice: OutputSlice,
  columns: readonly StackedColumn[],
  shown: readonly number[],
  others: readonly number[],
): Sums {
  const count = columns.length;
  const slots = shown.length + (others.length ? 1 : 0);
  const matrix = (): Float64Array[] => Array.from({ length: slots }, () => new Float64Array(count));
  const up = matrix();
  const down = matrix();
  const upTotal = new Float64Array(count);
  const downTotal = new Float64Array(count);
  const base = new Float64Array(count);
  const features = [...shown, ...others];
  const mean = new Float64Array(features.length);
  columns.forEach(({ samples }, c) => {
    mean.fill(0);
    for (const n of samples) {
      base[c] += slice.baseValues[n] / samples.length;
      const start = n * slice.features;
      for (let i = 0; i < features.length; i++) {
        const value = slice.values[start + features[i]];
        if (Number.isFinite(value)) mean[i] += value;
      }
    }
    for (let i = 0; i < features.length; i++) {
      const slot = Math.min(i, shown.length);
      const value = mean[i] / samples.length;
      if (value > 0) {
        up[slot][c] += value;
        upTotal[c] += value;
      } else {
        down[slot][c] -= value;
        downTotal[c] -= value;
      }
    }
  });
  return { up, down, upTotal, downTotal, base };
}

/** The column nearest to a horizontal position, or undefined where there is none. */
export function columnAt(layout: StackedLayout, x: number): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  layout.columns.forEach((column, c) => {
    const distance = Math.abs(column.x - x);
    if (distance < least) {
      least = distance;
      best = c;
    }
  });
  return best;
}

function indices(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
