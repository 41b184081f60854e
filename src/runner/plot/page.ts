/** The self-contained HTML page of an explanation. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Explanation, sliceOutput } from "../../protocol/explanation";
import { htmlDocument } from "../../../webview/plots/htmlDocument";
import { headerOf, packSlices } from "../../../webview/plots/packed";
import type { Picture } from "./picture";

/** The page's text: all outputs and samples, opened at one picture. */
export async function renderPage(
  explanation: Explanation,
  fileName: string,
  picture: Picture,
  outputIndex: number,
): Promise<string> {
  const asset = (name: string): Promise<string> => readFile(path.join(__dirname, "webview", name), "utf8");
  const [script, style] = await Promise.all([asset("standalone.js"), asset("standalone.css")]);
  const slices = Array.from({ length: explanation.outputs }, (_, k) => sliceOutput(explanation, k));
  const opening = {
    view: picture.kind,
    outputIndex,
    ...(picture.kind === "force" ? { sample: picture.sample } : {}),
  };
  const packed = packSlices(headerOf(explanation, fileName), slices, opening);
  return htmlDocument(packed, { script: script.replace(/\n?\/\/# sourceMappingURL=.*/, ""), style });
}
