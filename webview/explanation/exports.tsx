/** What leaves the view: SVG text, a PNG, a self-contained page. */
import { renderToString } from "preact-render-to-string";
import type { OutputSlice } from "../../src/protocol/explanation";
import type { ExplanationHeader } from "../../src/protocol/explanationMessages";
import { htmlDocument } from "../plots/htmlDocument";
import { ImagePlot } from "../plots/ImagePlot";
import { imageShape } from "../plots/layout/image";
import { measureDejaVu } from "../plots/layout/text";
import { packSlices, toBase64 } from "../plots/packed";
import { forceSvg, stackedSvg } from "../plots/staticPlots";
import { LIGHT_THEME } from "../theme";
import type { Choices, View } from "./choices";
import { imageOutputs, imagePlot } from "./ImagePane";
import { stackedHeight } from "./StackedPane";
import type { Exporter, ExplanationSource } from "./source";

export interface ExportRequest {
  source: ExplanationSource;
  view: View;
  outputIndex: number;
  choices: Choices;
  slice: OutputSlice;
  /** px on the screen. */
  width: number;
}

/** px: narrower than this a file helps nobody. */
const NARROWEST = 640;

/** The plot on a light page, whatever the editor's theme: it goes into documents. */
export async function exportSvg({ source, view, outputIndex, choices, slice, width }: ExportRequest): Promise<string> {
  const { header } = source;
  const surface = {
    width: Math.max(NARROWEST, width),
    theme: LIGHT_THEME,
    measure: measureDejaVu,
    link: choices.link,
    numberStyle: choices.numberStyle,
  };
  const shape = imageShape(header.featureShape, header.featureNames);
  if (view === "image" && shape) {
    const outputs = imageOutputs(header, choices.sample, outputIndex);
    const slices = await Promise.all(outputs.map((k) => source.slice(k)));
    const plot = imagePlot({
      header,
      choices,
      shape,
      outputIndex,
      slices: slices.map((each) => each.slice),
      ...surface,
    });
    return renderToString(<ImagePlot {...plot} />);
  }
  if (view === "stacked") {
    const { order, effects } = choices;
    return stackedSvg(slice, { ...surface, height: stackedHeight(surface.width), order, effects });
  }
  return forceSvg(slice, Math.max(0, slice.rows.indexOf(choices.sample)), surface);
}

/** Pixels for each px. */
const SCALE = 2;

/** An SVG as the bytes of a PNG of twice its size. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;base64,${toBase64(new TextEncoder().encode(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * SCALE;
  canvas.height = image.height * SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error(`A picture of ${canvas.width} x ${canvas.height} pixels cannot be made here.`);
  return new Uint8Array(await blob.arrayBuffer());
}

/** A page with all outputs and all samples that this view has, opened where it is. */
export async function exportHtml(
  { source, view, outputIndex, choices }: ExportRequest,
  exporter: Exporter,
): Promise<string> {
  const { outputValues: _known, ...header } = source.header;
  const [viewer, ...loaded] = await Promise.all([
    exporter.viewer(),
    ...Array.from({ length: header.outputs }, (_, k) => source.slice(k)),
  ]);
  const slices = loaded.map((each) => each.slice);
  return htmlDocument(packSlices(header, slices, { view, outputIndex, sample: choices.sample }), viewer);
}

/** "digits-sample-3-force" of "digits.shap.npz". */
export function exportName(header: ExplanationHeader, view: View, choices: Choices): string {
  const base = header.fileName.replace(/(\.shap)?\.npz$/, "");
  return view === "stacked" ? `${base}-stacked` : `${base}-sample-${choices.sample}-${view}`;
}
