/** The x axis of the stacked plot: in which order samples stand, and where. */
import type { OutputSlice } from "../../../src/protocol/explanation";
import { similarityOrder, type SimilarityMethod } from "./similarity";

export type SampleOrder =
  | { by: "similarity" }
  | { by: "output" }
  | { by: "original" }
  /** The sample's number in its data set (`meta.sampleIndices`). */
  | { by: "key" }
  /** The true class (`meta.labels`), within a class by f(x). */
  | { by: "label" }
  | { by: "feature"; feature: number };

/** Samples that share one place on the x axis; their effects are averaged. */
export interface OrderedSamples {
  groups: readonly (readonly number[])[];
  /** x of each group: a rank, or the feature's value. Ascending. */
  positions: readonly number[];
  /** What the x axis counts. */
  axis: { kind: "rank" } | { kind: "value" } | { kind: "category"; names: readonly string[] };
  note?: OrderNote;
}

export type OrderNote =
  { kind: "similarity"; method: SimilarityMethod } | { kind: "constant" } | { kind: "missing"; samples: number };

/** Values closer than this part of their range share a place, as in `shap.force_plot`. */
const SAME_PLACE = 0.01;

/** Sorts (and where the axis is a feature's value, groups) the samples of a slice. `outputs` is f(x) of each. */
export function orderSamples(slice: OutputSlice, order: SampleOrder, outputs: ArrayLike<number>): OrderedSamples {
  const original = Array.from({ length: slice.samples }, (_, i) => i);
  switch (order.by) {
    case "original":
      return ranked(original);
    case "output":
      return ranked(original.sort((a, b) => descending(outputs[a], outputs[b])));
    case "similarity": {
      const found = cachedSimilarity(slice);
      const first = outputs[found.order[0]];
      const last = outputs[found.order[found.order.length - 1]];
      // A path has no direction of its own: the higher end stands left.
      return {
        ...ranked(first < last ? [...found.order].reverse() : found.order),
        note: { kind: "similarity", method: found.method },
      };
    }
    case "key": {
      const keys = slice.meta.sampleIndices;
      return ranked(keys ? original.sort((a, b) => ascending(keys[slice.rows[a]], keys[slice.rows[b]])) : original);
    }
    case "label": {
      const labels = slice.meta.labels;
      if (!labels) return ranked(original);
      const label = (n: number): number => labels[slice.rows[n]];
      return ranked(original.sort((a, b) => ascending(label(a), label(b)) || descending(outputs[a], outputs[b])));
    }
    case "feature":
      return byFeature(slice, order.feature, original);
  }
}

function ranked(order: readonly number[]): OrderedSamples {
  return { groups: order.map((n) => [n]), positions: order.map((_, i) => i), axis: { kind: "rank" } };
}

function byFeature(slice: OutputSlice, feature: number, original: readonly number[]): OrderedSamples {
  const at = (n: number): number => n * slice.features + feature;
  const texts = slice.displayData;
  const numbers = texts ? original.map((n) => numberIn(texts[at(n)])) : undefined;
  const areNumbers = !numbers || numbers.every((x) => x !== undefined);
  if (texts && !areNumbers && !slice.data) return byCategory(original, (n) => texts[at(n)]);
  const value = (n: number): number => slice.data?.[at(n)] ?? numbers?.[n] ?? Number.NaN;

  const known = original.filter((n) => Number.isFinite(value(n))).sort((a, b) => value(a) - value(b));
  const range = known.length ? value(known[known.length - 1]) - value(known[0]) : 0;
  if (range === 0) return { ...ranked(original), note: { kind: "constant" } };
  const groups: number[][] = [];
  for (const n of known) {
    const group = groups[groups.length - 1];
    if (group && value(n) - value(group[0]) <= range * SAME_PLACE) group.push(n);
    else groups.push([n]);
  }
  const left = original.length - known.length;
  return {
    groups,
    positions: groups.map((group) => value(group[0])),
    axis: { kind: "value" },
    ...(left ? { note: { kind: "missing", samples: left } } : {}),
  };
}

/** Texts stand in alphabetical order, each as wide as it has samples. */
function byCategory(original: readonly number[], text: (n: number) => string): OrderedSamples {
  const order = [...original].sort((a, b) => text(a).localeCompare(text(b), undefined, { numeric: true }));
  return { ...ranked(order), axis: { kind: "category", names: order.map(text) } };
}

function numberIn(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? undefined : value;
}

/** NaN last, either way. */
function ascending(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
}

function descending(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : b - a;
}

const similarities = new WeakMap<OutputSlice, { order: number[]; method: SimilarityMethod }>();

/** The order does not depend on anything but the values, and is the costly one. */
function cachedSimilarity(slice: OutputSlice): { order: number[]; method: SimilarityMethod } {
  let found = similarities.get(slice);
  if (!found) {
    const finite = slice.values.every(Number.isFinite)
      ? slice.values
      : slice.values.map((x) => (Number.isFinite(x) ? x : 0));
    found = similarityOrder(finite, slice.samples, slice.features);
    similarities.set(slice, found);
  }
  return found;
}
