/** Plots as SVG text, without a browser: for the command line, and for what a panel copies and saves. */
import { renderToString } from "preact-render-to-string";
import type { OutputSlice } from "../../src/protocol/explanation";
import type { PlotTheme } from "../theme";
import { ForcePlot } from "./ForcePlot";
import { featureText, rowEffects } from "./layout/features";
import { forceLayout, type ForceLayout } from "./layout/force";
import { stackedLayout, type StackedOptions } from "./layout/stacked";
import type { MeasureText } from "./layout/text";
import { StackedPlot } from "./StackedPlot";
import { forceSummary, forceWords, orderTitle, readValue, type Reading, segmentText, stackedSentence } from "./words";

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
    { ...surface, fontSize: surface.theme.fontSize, words: forceWords() },
  );
}

/** The force plot of one sample as the text of an SVG file. */
export function forceSvg(slice: OutputSlice, row: number, surface: PlotSurface): string {
  const layout = layoutForce(slice, row, surface);
  return renderToString(
    <ForcePlot
      layout={layout}
      theme={surface.theme}
      words={forceWords()}
      summary={forceSummary(slice, row, layout, surface)}
      describe={(segment) => segmentText(slice, row, segment, surface.numberStyle)}
    />,
  );
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
      summary={stackedSentence(slice, layout, surface)}
      xTitle={orderTitle(surface.order, slice)}
      outputText={(column) => readValue(layout.outputs[column], surface)}
      entryText={() => ""}
      measure={surface.measure}
    />,
  );
}
