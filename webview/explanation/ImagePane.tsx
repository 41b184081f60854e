/** One image: the picture, and for each output its attributions over it. */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { OutputSlice } from "../../src/protocol/explanation";
import { t } from "../l10n";
import { ImagePlot, type ImagePlotProps, type PixelHover } from "../plots/ImagePlot";
import { imageContent } from "../plots/imageContent";
import type { ImageShape } from "../plots/layout/image";
import { formatEffect, formatNumber } from "../plots/layout/numbers";
import { type PaneProps, sampleKeys } from "./panes";
import { sampleName } from "./samples";
import type { ExplanationSource } from "./source";
import { Tooltip } from "./Tooltip";

/** More pictures than this say less. */
export const MAX_IMAGE_OUTPUTS = 12;

export interface ImagePaneProps extends PaneProps {
  shape: ImageShape;
  outputIndex: number;
  load: ExplanationSource["slice"];
}

/** The outputs that have a picture: all, or with many those of highest f(x) for the sample; the chosen one always. */
export function imageOutputs(header: PaneProps["header"], sample: number, chosen: number): number[] {
  const all = Array.from({ length: header.outputs }, (_, k) => k);
  if (all.length <= MAX_IMAGE_OUTPUTS) return all;
  const value = (k: number): number => (k === chosen ? Infinity : header.outputValues[sample * header.outputs + k]);
  return all
    .sort((a, b) => value(b) - value(a))
    .slice(0, MAX_IMAGE_OUTPUTS)
    .sort((a, b) => a - b);
}

/** What the plot needs for one sample, on a page or for a file. */
export function imagePlot(
  props: Pick<PaneProps, "header" | "choices" | "theme" | "measure" | "width"> & {
    shape: ImageShape;
    outputIndex: number;
    slices: readonly OutputSlice[];
  },
): ImagePlotProps {
  const { header, choices, outputIndex } = props;
  return imageContent({
    ...props,
    row: Math.max(0, props.slices[0].rows.indexOf(choices.sample)),
    outputValue: (k) => header.outputValues[choices.sample * header.outputs + k],
    selected: header.outputs > 1 ? outputIndex : undefined,
    sampleName: sampleName(header, choices.sample),
    numberStyle: choices.numberStyle,
  });
}

export function ImagePane(props: ImagePaneProps): JSX.Element {
  const { header, slice, choices, theme, measure, width, shape, outputIndex, load, onChange } = props;
  const [slices, setSlices] = useState<readonly OutputSlice[]>([slice]);
  const [hover, setHover] = useState<PixelHover>();
  const [failure, setFailure] = useState<string>();
  const wanted = imageOutputs(header, choices.sample, outputIndex).join(",");
  useEffect(() => {
    let current = true;
    setFailure(undefined);
    Promise.all(wanted.split(",").map((k) => load(Number(k)))).then(
      (loaded) => current && setSlices(loaded.map((each) => each.slice)),
      (error: unknown) => current && setFailure(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      current = false;
    };
  }, [wanted, load]);
  const plot = useMemo(
    () => imagePlot({ header, choices, shape, slices, outputIndex, theme, measure, width }),
    [header, choices, shape, slices, outputIndex, theme, measure, width],
  );
  const row = Math.max(0, slice.rows.indexOf(choices.sample));
  const at = hover && hover.panel <= slices.length ? hover : undefined;
  const hoverText = (pixel: PixelHover): string => {
    const start = (pixel.row * shape.width + pixel.column) * shape.channels;
    const data = slice.data;
    const lines = [t("Pixel in row {0}, column {1}", pixel.row, pixel.column)];
    if (data) {
      const values = Array.from({ length: shape.channels }, (_, c) => data[row * slice.features + start + c]);
      lines.push(t("Value {0}", values.map((value) => formatNumber(value)).join(", ")));
    }
    const effects = pixel.panel === 0 ? undefined : plot.panels[pixel.panel].effects;
    if (effects) {
      lines.push(
        t("SHAP value {0}", formatEffect(effects[pixel.row * shape.width + pixel.column], choices.numberStyle)),
      );
    }
    return lines.join("\n");
  };
  return (
    <>
      <p class="sentence" aria-live="polite">
        {t(
          "{0}. Red pixels push an output up, blue ones push it down; the stronger the colour, the larger the SHAP value. All pictures share one colour scale.",
          sampleName(header, choices.sample),
        )}
      </p>
      {failure === undefined ? null : (
        <p class="message error" role="alert">
          {failure}
        </p>
      )}
      <div
        class="plot clickable"
        tabIndex={0}
        role="group"
        aria-label={t("Image plot; arrow keys go to the previous and next sample")}
        onKeyDown={sampleKeys({ slice, onChange }, row)}
      >
        <ImagePlot
          {...plot}
          onHover={setHover}
          onOpen={(panel) => {
            const chosen = slices[panel - 1];
            if (chosen) onChange({ outputIndex: chosen.outputIndex });
          }}
        />
        {at ? <Tooltip x={at.x} y={at.y} width={width} text={hoverText(at)} /> : null}
      </div>
      {header.outputs > MAX_IMAGE_OUTPUTS ? (
        <p class="note">
          {t("The {0} outputs of highest value are shown, of {1}.", MAX_IMAGE_OUTPUTS, header.outputs)}
        </p>
      ) : null}
    </>
  );
}
