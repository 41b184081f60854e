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
