/** What the view needs from where it stands: VS Code's host, or a page of its own. */
import type { OutputSlice } from "../../src/protocol/explanation";
import type { ExplanationHeader, ExportFormat } from "../../src/protocol/explanationMessages";
import type { Viewer } from "../plots/htmlDocument";

export interface LoadedSlice {
  slice: OutputSlice;
  /** Samples left out because there are too many. */
  omitted: number;
}

export interface ExplanationSource {
  header: ExplanationHeader;
  slice: (outputIndex: number) => Promise<LoadedSlice>;
}

export interface Exporter {
  save(format: ExportFormat, suggestedName: string, content: string | Uint8Array): void;
  /** Rejects where the clipboard is out of reach. */
  copy(text: string): Promise<void>;
  /** The script and style of a self-contained page. */
  viewer(): Promise<Viewer>;
}

/** Each slice once, however often it is asked for; one that failed is asked for again. */
export function rememberSlices(load: (outputIndex: number) => Promise<LoadedSlice>): ExplanationSource["slice"] {
  const slices = new Map<number, Promise<LoadedSlice>>();
  return (outputIndex) => {
    const known = slices.get(outputIndex);
    if (known) return known;
    const slice = load(outputIndex);
    slices.set(outputIndex, slice);
    slice.catch(() => slices.delete(outputIndex));
    return slice;
  };
}
