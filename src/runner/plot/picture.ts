/** Draws one plot as SVG. */
import { type Explanation, sampleOutputs, sliceOutput } from "../../protocol/explanation";
import { indexOfHighest } from "../../protocol/numbers";
import { measureDejaVu } from "../../../webview/plots/layout/text";
import { imageShape } from "../../../webview/plots/layout/image";
import { forceSvg, imageSvg, stackedSvg } from "../../../webview/plots/staticPlots";
import { LIGHT_THEME } from "../../../webview/theme";

export type Picture = { kind: "force"; sample: number } | { kind: "stacked" } | { kind: "image"; sample: number };

/** More pictures than this say less. */
const MOST_PICTURES = 12;

/** px: an article's full width. */
const WIDTH = 1000;
const STACKED_HEIGHT = 420;

/** Whether its samples are images. */
export function showsImages({ featureShape, featureNames }: Explanation): boolean {
  return imageShape(featureShape, featureNames) !== undefined;
}

/** The text of an SVG file: light page, explicit colours and fonts. */
export function renderPicture(explanation: Explanation, outputIndex: number, picture: Picture): string {
  const slice = sliceOutput(explanation, outputIndex);
  const surface = {
    width: WIDTH,
    theme: LIGHT_THEME,
    measure: measureDejaVu,
    link: "identity",
    numberStyle: "automatic",
  } as const;
  const drawing =
    picture.kind === "force"
      ? forceSvg(slice, picture.sample, surface)
      : picture.kind === "image"
        ? imageOf(explanation, picture.sample, surface)
        : stackedSvg(slice, {
            ...surface,
            height: STACKED_HEIGHT,
            order: { by: "similarity" },
            effects: { of: "all" },
          });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${drawing}\n`;
}

/** One picture an output, the outputs of highest f(x) where there are many. */
function imageOf(
  explanation: Explanation,
  sample: number,
  surface: Pick<Parameters<typeof imageSvg>[0], "width" | "theme" | "measure" | "numberStyle">,
): string {
  const shape = imageShape(explanation.featureShape, explanation.featureNames);
  if (!shape) throw new RangeError("the samples are no images");
  const outputs = sampleOutputs(explanation, sample);
  const shown = Array.from(outputs.keys())
    .sort((a, b) => outputs[b] - outputs[a])
    .slice(0, MOST_PICTURES)
    .sort((a, b) => a - b);
  return imageSvg({
    ...surface,
    shape,
    slices: shown.map((k) => sliceOutput(explanation, k)),
    row: sample,
    outputValue: (k) => outputs[k],
    selected: explanation.outputs > 1 ? indexOfHighest(outputs) : undefined,
    sampleName: `Sample ${sample}`,
  });
}
