/** Messages between the host and the explanation panel (the custom editor of `*.shap.npz`). */
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

export type ExportFormat = "svg" | "png" | "html";

export type ExplanationToHost =
  | { type: "ready" }
  /** Ask for one output's values; answered by `slice` with the same `request`. */
  | { type: "slice"; request: number; outputIndex: number }
  /** Save what the webview drew. `content` is SVG or HTML text, or the bytes of a PNG. */
  | { type: "save"; format: ExportFormat; suggestedName: string; content: string | Uint8Array }
  | { type: "copy"; text: string }
  /** Ask for the script that a self-contained HTML file carries; answered by `standalone`. */
  | { type: "standalone" }
  /** Reopen the file as text or in another editor is the user's; this opens the run it came from. */
  | { type: "openRun" };

export type HostToExplanation =
  | { type: "snapshot"; header: ExplanationHeader }
  | {
      type: "slice";
      request: number;
      slice: OutputSlice;
      /** Samples left out because there are too many to draw. */ omitted: number;
    }
  | { type: "standalone"; script: string; style: string }
  /** The file cannot be shown; `message` says why and what to do. */
  | { type: "failed"; message: string }
  /** Something the host did went wrong or well, to be said near the control that asked. */
  | { type: "notice"; level: "info" | "error"; message: string };
