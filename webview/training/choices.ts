/** What the user chose in the view: survives hiding the panel. */
import type { XAxis } from "../plots/layout/curves";

export interface Choices {
  axis: XAxis;
  smoothing: number;
  logarithmic: boolean;
  /** Which tree of a forest is shown, from 0. */
  tree: number;
  /** Hyperparameters as they are typed for another run, by name. */
  drafts: Readonly<Record<string, string>>;
}

export const SMOOTHINGS = [0, 0.6, 0.9, 0.98] as const;

/** A kept state that may be of an older version, or nothing. */
export function parseChoices(kept: unknown): Choices {
  const state = (typeof kept === "object" && kept !== null ? kept : {}) as Partial<Record<keyof Choices, unknown>>;
  return {
    axis: state.axis === "epoch" ? "epoch" : "batch",
    smoothing: SMOOTHINGS.find((value) => value === state.smoothing) ?? 0.9,
    logarithmic: state.logarithmic === true,
    tree: typeof state.tree === "number" && Number.isInteger(state.tree) && state.tree >= 0 ? state.tree : 0,
    drafts: parseDrafts(state.drafts),
  };
}

function parseDrafts(kept: unknown): Record<string, string> {
  const entries = typeof kept === "object" && kept !== null ? Object.entries(kept) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
