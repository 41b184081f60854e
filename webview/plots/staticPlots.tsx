/** Plots as SVG text, without a browser: for the command line, and for what a panel copies and saves. */
import { renderToString } from "preact-render-to-string";
import type { OutputSlice } from "../../src/protocol/explanation";
import type { PlotTheme } from "../theme";
import { ForcePlot } from "./ForcePlot";
import { type ImageContent, imageContent } from "./imageContent";
import { ImagePlot } from "./ImagePlot";
import { featureText, rowEffects } from "./layout/features";
import { forceLayout, type ForceLayout, type ForceWords } from "./layout/force";
import { stackedLayout, type StackedOptions } from "./layout/stacked";
import { fitText, type MeasureText } from "./layout/text";
import { StackedPlot } from "./StackedPlot";
import {
  forceSummary,
  forceWords,
  orderTitle,
  outputTitle,
  readValue,
  type Reading,
  segmentText,
  stackedSentence,
} from "./words";

export interface PlotSurface extends Reading {
  /** px */
  width: number;
  theme: PlotTheme;
  measure: MeasureText;
}

/** The layout of one sample (a row of the slice) for a surface. */
export function layoutForce(slice: OutputSlice, row: number, surface: PlotSurface): ForceLayout {
  return forceLayout(
    {
      baseValue: slice.baseValues[row],
      effects: rowEffects(slice, row).effects,
      label: (feature) => featureText(slice, row, feature, surface.numberStyle),
    },
    { ...surface, fontSize: surface.theme.fontSize, words: wordsFor(slice, surface) },
  );
}

/** The output's name takes a third of the width at most: the numbers matter more. */
export function wordsFor(slice: OutputSlice, { width, theme, measure }: PlotSurface): ForceWords {
  return forceWords(fitText(slice.outputName, width / 3, theme.fontSize, measure));
}

/** The force plot of one sample as the text of an SVG file. */
export function forceSvg(slice: OutputSlice, row: number, surface: PlotSurface): string {
  const layout = layoutForce(slice, row, surface);
  return renderToString(
    <ForcePlot
      layout={layout}
      theme={surface.theme}
      words={wordsFor(slice, surface)}
      summary={forceSummary(slice, row, layout, surface)}
      describe={(segment) => segmentText(slice, row, segment, surface.numberStyle)}
    />,
  );
}

/** A sample that is an image, with its attributions for each output, as the text of an SVG file. */
export function imageSvg(content: ImageContent): string {
  return renderToString(<ImagePlot {...imageContent(content)} />);
}

/** The stacked force plot of all samples of a slice as the text of an SVG file. */
export function stackedSvg(
  slice: OutputSlice,
  surface: PlotSurface & Pick<StackedOptions, "height" | "order" | "effects">,
): string {
  const layout = stackedLayout(slice, { ...surface, fontSize: surface.theme.fontSize });
  return renderToString(
    <StackedPlot
      layout={layout}
      theme={surface.theme}
      summary={stackedSentence(slice, layout, surface, surface.effects)}
      yTitle={outputTitle(slice)}
      xTitle={orderTitle(surface.order, slice)}
      outputText={(column) => readValue(layout.outputs[column], surface)}
      entryText={() => ""}
      measure={surface.measure}
    />,
  );
}
