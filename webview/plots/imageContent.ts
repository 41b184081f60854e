/** What an image plot shows of one sample: the same on a page and in a file. */
import type { OutputSlice } from "../../src/protocol/explanation";
import { t } from "../l10n";
import type { PlotTheme } from "../theme";
import type { ImagePlotProps } from "./ImagePlot";
import { effectLimit, imageLayout, type ImageShape, pixelColors, pixelEffects, pixelIntensities } from "./layout/image";
import { formatEffect, formatNumber, type NumberStyle } from "./layout/numbers";
import type { MeasureText } from "./layout/text";

export interface ImageContent {
  shape: ImageShape;
  /** One for each output that has a picture. */
  slices: readonly OutputSlice[];
  /** Row of the sample in them. */
  row: number;
  /** The sample's f(x) of an output. */
  outputValue: (outputIndex: number) => number;
  /** Of the output that is marked; undefined marks none. */
  selected: number | undefined;
  sampleName: string;
  numberStyle: NumberStyle;
  theme: PlotTheme;
  measure: MeasureText;
  /** px */
  width: number;
}

export function imageContent(content: ImageContent): ImagePlotProps {
  const { shape, slices, row, selected, numberStyle, theme, measure, width } = content;
  const effects = slices.map((slice) => pixelEffects(slice, row, shape));
  const limit = effectLimit(effects);
  const value = (k: number): string => {
    const output = content.outputValue(k);
    // A caption is short: what is nearly 0 beside the others may be written as 0.
    return formatNumber(
      numberStyle === "automatic" && Math.abs(output) < 1 ? Math.round(output * 1000) / 1000 : output,
      numberStyle,
    );
  };
  const panels = slices.map((slice, i) => ({
    title: slices.length === 1 && selected === undefined ? t("Attributions") : slice.outputName,
    subtitle: t("f(x) = {0}", value(slice.outputIndex)),
    effects: effects[i],
    selected: slice.outputIndex === selected,
  }));
  return {
    shape,
    intensities: pixelIntensities(slices[0], row, shape),
    colors: pixelColors(slices[0], row, shape),
    limit,
    limitText: { low: formatEffect(-limit, numberStyle), high: formatEffect(limit, numberStyle) },
    theme,
    measure,
    panels: [{ title: t("Input"), subtitle: t("{0} × {1}", shape.width, shape.height) }, ...panels],
    layout: imageLayout(shape, panels.length + 1, { width, fontSize: theme.fontSize }),
    summary: t(
      "{0} as an image, and for each of {1} outputs the image with its SHAP values in colour.",
      content.sampleName,
      panels.length,
    ),
  };
}
