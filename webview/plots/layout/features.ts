/** What is said about one feature of one sample. */
import type { OutputSlice } from "../../../src/protocol/explanation";
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

/** "age = 42", or the name alone where there is no value. */
export function featureText(slice: OutputSlice, row: number, feature: number, style?: NumberStyle): string {
  const value = featureValueText(slice, row, feature, style);
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
