/** What each pane is given. */
import type { OutputSlice } from "../../src/protocol/explanation";
import type { ExplanationHeader } from "../../src/protocol/explanationMessages";
import type { MeasureText } from "../plots/layout/text";
import type { PlotTheme } from "../theme";
import type { Choices } from "./choices";

export interface PaneProps {
  header: ExplanationHeader;
  slice: OutputSlice;
  choices: Choices;
  theme: PlotTheme;
  measure: MeasureText;
  /** px */
  width: number;
  onChange: (change: Partial<Choices>) => void;
}

/** Left and right go to the sample before and after the one in `row` of the slice. */
export function sampleKeys(
  { slice, onChange }: Pick<PaneProps, "slice" | "onChange">,
  row: number,
): (event: KeyboardEvent) => void {
  return (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step === undefined ? undefined : slice.rows[row + step];
    if (next === undefined) return;
    event.preventDefault();
    onChange({ sample: next });
  };
}
