/** Sentences about an explanation, for the eye and for a screen reader. */
import type { OutputSlice } from "../../src/protocol/explanation";
import { sentences, t } from "../l10n";
import { categoryOf, featureName, featureText, rowEffects } from "./layout/features";
import type { ForceLayout, ForceSegment, ForceWords } from "./layout/force";
import { inverseLink, type Link } from "./layout/link";
import { formatEffect, formatNumber, type NumberStyle, withoutNoise } from "./layout/numbers";
import type { SampleOrder } from "./layout/order";
import type { StackedLayout, StackedNote, StackedOptions } from "./layout/stacked";

export interface Reading {
  link: Link;
  numberStyle: NumberStyle;
}

/** The words beside the marks of a force plot; `name` says whose f(x) it is. */
export const forceWords = (name: string): ForceWords => ({
  base: t("base value"),
  output: t("{0}: f(x)", name),
  higher: t("higher →"),
  lower: t("← lower"),
});

/** A number of the axis: through the link, in the user's style. */
export function readValue(value: number, { link, numberStyle }: Reading): string {
  return formatNumber(inverseLink(link, value), numberStyle);
}

/** "What am I looking at": one sample. */
export function forceSentence(slice: OutputSlice, row: number, layout: ForceLayout, reading: Reading): string {
  const base = slice.baseValues[row];
  const output = base + layout.up - layout.down;
  const read = (value: number): string => readValue(withoutNoise(value, layout.up + layout.down), reading);
  const parts = [
    t(
      "The model's output “{0}” is {1}; on average over the background it is {2}.",
      slice.outputName,
      read(output),
      read(base),
    ),
    reading.link === "logit"
      ? t(
          "Red features push it up by {0} and blue ones down by {1}, in log-odds.",
          formatNumber(layout.up),
          formatNumber(layout.down),
        )
      : t(
          "Red features push it up by {0} and blue ones down by {1}.",
          formatNumber(layout.up, reading.numberStyle),
          formatNumber(layout.down, reading.numberStyle),
        ),
  ];
  const { missing } = rowEffects(slice, row);
  if (missing.length > 0) {
    parts.push(t("{0} of its SHAP values are not numbers and count as 0 here.", missing.length));
  }
  return sentences(...parts);
}

/** What a screen reader says of the picture: the sentence and the largest effects. */
export function forceSummary(slice: OutputSlice, row: number, layout: ForceLayout, reading: Reading): string {
  const { effects } = rowEffects(slice, row);
  const largest = Array.from(effects.keys())
    .filter((i) => effects[i] !== 0)
    .sort((a, b) => Math.abs(effects[b]) - Math.abs(effects[a]))
    .slice(0, 5)
    .map((i) => `${featureText(slice, row, i)}: ${formatEffect(effects[i])}`);
  return sentences(forceSentence(slice, row, layout, reading), t("Largest effects: {0}.", largest.join("; ")));
}

/** One arrow, or the features that share one. */
export function segmentText(slice: OutputSlice, row: number, segment: ForceSegment, style: NumberStyle): string {
  const [first] = segment.features;
  if (segment.features.length === 1) {
    return `${featureText(slice, row, first, style)}\n${t("SHAP value {0}", formatEffect(segment.effect, style))}`;
  }
  const { effects } = rowEffects(slice, row);
  const listed = segment.features
    .slice(0, 5)
    .map((i) => `${featureText(slice, row, i, style)}: ${formatEffect(effects[i], style)}`);
  const rest = segment.features.length - listed.length;
  return [
    t("{0} smaller features, together {1}", segment.features.length, formatEffect(segment.effect, style)),
    ...listed,
    ...(rest > 0 ? [t("and {0} more", rest)] : []),
  ].join("\n");
}

/** What the line of the stacked plot is. */
export function outputTitle(slice: OutputSlice): string {
  return t("{0}: f(x)", slice.outputName);
}

/** What stands along the samples' axis. */
export function orderTitle(order: SampleOrder, slice: OutputSlice): string {
  switch (order.by) {
    case "similarity":
      return t("samples, similar explanations side by side");
    case "output":
      return t("samples, highest output first");
    case "original":
      return t("samples, in the file's order");
    case "key":
      return t("samples, by their number in the data set");
    case "label":
      return t("samples, by their true class");
    case "feature":
      return featureName(slice, order.feature);
  }
}

export function stackedSentence(
  slice: OutputSlice,
  layout: StackedLayout,
  reading: Reading,
  effects: StackedOptions["effects"],
): string {
  const low = Math.min(...layout.outputs);
  const high = Math.max(...layout.outputs);
  const read = (value: number): string => readValue(withoutNoise(value, Math.max(high - low, Math.abs(high))), reading);
  if (effects.of === "feature") {
    return t(
      "Each column is one sample. The line is the base value of “{0}” ({1}, dashed) with the effect of {2} alone ({3} to {4}): red where this feature pushes the output up, blue where it pushes it down.",
      slice.outputName,
      read(layout.base.value),
      featureName(slice, effects.feature),
      read(low),
      read(high),
    );
  }
  return t(
    "Each column is one sample's force plot, turned upright. The line is the model's output “{0}” ({1} to {2}); the dashed line is its average over the background, {3}. Red features below the line push it up, blue ones above it push it down.",
    slice.outputName,
    read(low),
    read(high),
    read(layout.base.value),
  );
}

/** The name of the features in one area. */
export function bandText(slice: OutputSlice, features: readonly number[]): string {
  return features.length === 1 ? featureName(slice, features[0]) : t("{0} other features", features.length);
}

/** The same with the value at a column: that of its one sample, or the mean of several where it is a number. */
export function columnFeatureText(
  slice: OutputSlice,
  features: readonly number[],
  samples: readonly number[],
  style: NumberStyle,
): string {
  if (features.length !== 1) return bandText(slice, features);
  const [feature] = features;
  if (samples.length === 1) return featureText(slice, samples[0], feature, style);
  const data = slice.data;
  if (!data) return featureName(slice, feature);
  const values = samples.map((n) => data[n * slice.features + feature]).filter(Number.isFinite);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  if (values.length > 0 && categoryOf(slice, feature))
    return t("{0} in {1} % of them", featureName(slice, feature), Math.round(100 * mean));
  return values.length === 0
    ? featureName(slice, feature)
    : t("mean {0} = {1}", slice.featureNames[feature], formatNumber(mean, style));
}

/** What the layout had to do that a reader should know. */
export function noteText(note: StackedNote): string | undefined {
  switch (note.kind) {
    case "similarity":
      return note.method === "optimal"
        ? undefined
        : note.method === "tree"
          ? t("Many samples: similar ones are grouped by a clustering tree, without the search for its best order.")
          : t(
              "Too many samples for a clustering tree: they stand along the direction in which explanations differ most.",
            );
    case "constant":
      return t("This feature has the same value in every sample: they stand in the file's order.");
    case "missing":
      return t("{0} samples without a value of this feature are left out.", note.samples);
    case "binned":
      return t("{0} samples share {1} columns: each column shows the mean of its samples.", note.samples, note.columns);
    case "others":
      return t("The {0} features of least effect are drawn together, in a lighter colour.", note.features);
    case "notFinite":
      return t("SHAP values that are not numbers, and count as 0 here: {0}.", note.values);
  }
}
