/** Draws one plot as SVG. */
import type { OutputSlice } from "../../protocol/explanation";
import { measureDejaVu } from "../../../webview/plots/layout/text";
import { forceSvg, stackedSvg } from "../../../webview/plots/staticPlots";
import { LIGHT_THEME } from "../../../webview/theme";

export type Picture = { kind: "force"; sample: number } | { kind: "stacked" };

/** px: an article's full width. */
const WIDTH = 1000;
const STACKED_HEIGHT = 420;

/** The text of an SVG file: light page, explicit colours and fonts. */
export function renderPicture(slice: OutputSlice, picture: Picture): string {
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
      : stackedSvg(slice, { ...surface, height: STACKED_HEIGHT, order: { by: "similarity" }, effects: { of: "all" } });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${drawing}\n`;
}
