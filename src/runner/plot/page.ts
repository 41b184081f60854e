/** The self-contained HTML page of an explanation. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Explanation, sliceOutput } from "../../protocol/explanation";
import { htmlDocument } from "../../../webview/plots/htmlDocument";
import { headerOf } from "../../protocol/explanationMessages";
import { packSlices } from "../../../webview/plots/packed";
import { UserError } from "../errors";
import type { Picture } from "./picture";

/** What a page may hold before compression: beyond it the text of the file would not fit in one string. */
const MAX_PAGE_BYTES = 300e6;

/**
 * The page's text: all outputs and samples, opened at one picture.
 *
 * @throws UserError where the explanation is too large for a page.
 */
export async function renderPage(
  explanation: Explanation,
  fileName: string,
  picture: Picture,
  outputIndex: number,
): Promise<string> {
  const bytes = 4 * explanation.samples * explanation.features * (explanation.outputs + 1);
  if (bytes > MAX_PAGE_BYTES) {
    throw new UserError(
      `${fileName} is too large for a page: ${Math.round(bytes / 1e6)} MB of numbers.`,
      "Write a .svg or .png with --output, or explain fewer samples.",
    );
  }
  const asset = (name: string): Promise<string> => readFile(path.join(__dirname, "webview", name), "utf8");
  const [script, style] = await Promise.all([asset("standalone.js"), asset("standalone.css")]);
  const slices = Array.from({ length: explanation.outputs }, (_, k) => sliceOutput(explanation, k));
  const opening = {
    view: picture.kind,
    outputIndex,
    ...(picture.kind !== "stacked" ? { sample: picture.sample } : {}),
  };
  const packed = packSlices(headerOf(explanation, fileName), slices, opening);
  return htmlDocument(packed, { script, style });
}
