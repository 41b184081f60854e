/** What is said about one feature of one sample. */
import type { OutputSlice } from "../../../src/protocol/explanation";
import { type Category, categoriesOf, categoryText } from "./categories";
import { formatNumber, type NumberStyle } from "./numbers";

/** The feature's value as text, or undefined where the file has none. */
export function featureValueText(
  slice: OutputSlice,
  row: number,
  feature: number,
  style: NumberStyle = "automatic",
): string | undefined {
  const shown = slice.displayData?.[row * slice.features + feature];
  if (shown !== undefined) return shown;
  const value = slice.data?.[row * slice.features + feature];
  // A count stays a count, whatever the style of the model's outputs.
  if (value === undefined) return undefined;
  return formatNumber(value, style === "percent" || Number.isInteger(value) ? "automatic" : style);
}

const categories = new WeakMap<OutputSlice, (Category | undefined)[]>();

/** The category that a feature stands for: its name says so, and its values are 0 and 1. */
export function categoryOf(slice: OutputSlice, feature: number): Category | undefined {
  let known = categories.get(slice);
  if (!known) {
    const { data, features, displayData } = slice;
    const isBinary = (i: number): boolean => {
      if (!data || displayData) return false;
      for (let at = i; at < data.length; at += features) {
        if (data[at] !== 0 && data[at] !== 1 && !Number.isNaN(data[at])) return false;
      }
      return true;
    };
    known = categoriesOf(slice.featureNames).map((category, i) => (category && isBinary(i) ? category : undefined));
    categories.set(slice, known);
  }
  return known[feature];
}

/** What a feature is called by itself: "age", or "sex = 2" for a category. */
export function featureName(slice: OutputSlice, feature: number): string {
  const category = categoryOf(slice, feature);
  return category ? categoryText(category, true) : slice.featureNames[feature];
}

/** Name and value for two columns of a table: "age" and "42", "sex" and "2" or "≠ 2". */
export function featureCells(
  slice: OutputSlice,
  row: number,
  feature: number,
  style?: NumberStyle,
): { name: string; value: string | undefined } {
  const category = categoryOf(slice, feature);
  const holds = slice.data?.[row * slice.features + feature];
  if (!category || (holds !== 0 && holds !== 1)) {
    return { name: slice.featureNames[feature], value: featureValueText(slice, row, feature, style) };
  }
  return { name: category.column, value: holds === 1 ? category.category : `≠ ${category.category}` };
}

/** "age = 42", "sex = 2" or "sex ≠ 2" of a category; the name alone where there is no value. */
export function featureText(slice: OutputSlice, row: number, feature: number, style?: NumberStyle): string {
  const category = categoryOf(slice, feature);
  const holds = slice.data?.[row * slice.features + feature];
  if (category && (holds === 0 || holds === 1)) return categoryText(category, holds === 1);
  const value = featureValueText(slice, row, feature, style);
  // A row that has no category at all keeps the column's own name.
  const name = slice.featureNames[feature];
  return value === undefined || value === "" ? name : `${name} = ${value}`;
}

/** The SHAP values of a row, with those that are not finite set to 0 and counted. */
export function rowEffects(slice: OutputSlice, row: number): { effects: Float64Array; missing: number[] } {
  const effects = Float64Array.from(slice.values.subarray(row * slice.features, (row + 1) * slice.features));
  const missing: number[] = [];
  effects.forEach((effect, i) => {
    if (Number.isFinite(effect)) return;
    missing.push(i);
    effects[i] = 0;
  });
  return { effects, missing };
}

/** Features of the largest |SHAP value| summed over all samples, largest first. Values that are not finite count as 0. */
export function featuresByImportance(slice: OutputSlice): { order: number[]; total: Float64Array } {
  const total = new Float64Array(slice.features);
  for (let i = 0, feature = 0; i < slice.values.length; i++) {
    const size = Math.abs(slice.values[i]);
    if (size < Infinity) total[feature] += size;
    if (++feature === slice.features) feature = 0;
  }
  const order = Array.from(total.keys()).sort((a, b) => total[b] - total[a]);
  return { order, total };
}
