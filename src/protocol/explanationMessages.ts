/** Messages between the host and the explanation panel (the custom editor of `*.shap.npz`). */
import * as v from "valibot";
import type { Explanation, ExplanationMeta, OutputSlice } from "./explanation";

/** An explanation without its arrays: enough for the panel's controls. */
export type ExplanationHeader = Pick<
  Explanation,
  "samples" | "featureShape" | "features" | "outputs" | "featureNames" | "outputNames"
> & {
  fileName: string;
  meta: ExplanationMeta;
  /** [samples, outputs]: base value plus the sum of the SHAP values. */
  outputValues: Float32Array;
};

const ExportFormat = v.picklist(["svg", "png", "html"]);
/** The header, but for f(x). @param fileName without its folder. */
export function headerOf(explanation: Explanation, fileName: string): Omit<ExplanationHeader, "outputValues"> {
  const { samples, featureShape, features, outputs, featureNames, outputNames, meta } = explanation;
  return { fileName, samples, featureShape, features, outputs, featureNames, outputNames, meta };
}

export type ExportFormat = v.InferOutput<typeof ExportFormat>;

/** Names the answer to a question: they come in any order. */
const request = v.number();

/** What the panel's webview may say; checked by the host. */
export const ExplanationToHost = v.variant("type", [
  v.object({ type: v.literal("ready") }),
  /** Ask for one output's values; answered by `slice` or `refused`. */
  v.object({ type: v.literal("slice"), request, outputIndex: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  /** Save what the webview drew. `content` is SVG or HTML text, or the bytes of a PNG. */
  v.object({
    type: v.literal("save"),
    format: ExportFormat,
    suggestedName: v.string(),
    content: v.union([v.string(), v.custom<Uint8Array>((content) => content instanceof Uint8Array)]),
  }),
  /** Put a text on the clipboard; answered by `copied` or `refused`. */
  v.object({ type: v.literal("copy"), request, text: v.string() }),
  /** Ask for the script that a self-contained HTML file carries; answered by `standalone` or `refused`. */
  v.object({ type: v.literal("standalone"), request }),
  /** Show the run that the file was made for. */
  v.object({ type: v.literal("openRun") }),
]);
export type ExplanationToHost = v.InferOutput<typeof ExplanationToHost>;

export type HostToExplanation =
  /** `inRun`: the file lies in a run's folder. */
  | { type: "snapshot"; header: ExplanationHeader; inRun: boolean }
  | {
      type: "slice";
      request: number;
      slice: OutputSlice;
      /** Samples left out because there are too many to draw. */
      omitted: number;
    }
  | { type: "copied"; request: number }
  | { type: "standalone"; request: number; script: string; style: string }
  /** What was asked for cannot be had; `message` says why. */
  | { type: "refused"; request: number; message: string }
  /** The file cannot be shown; `message` says why and what to do. */
  | { type: "failed"; message: string };
