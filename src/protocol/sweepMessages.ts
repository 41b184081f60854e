/** Messages between the host and the Sweep panel. */
import * as v from "valibot";
import type { Goal, Sweep, SweepStatus, TrialRow } from "./sweep";

/** What the panel's webview may say; checked by the host. */
export const SweepToHost = v.variant("type", [
  /** The webview stands (again): the host answers with the state. */
  v.object({ type: v.literal("ready") }),
  v.object({ type: v.literal("stop") }),
  v.object({ type: v.literal("resume") }),
  v.object({ type: v.literal("openOutput") }),
  /** Open a trial's Training panel. */
  v.object({ type: v.literal("openRun"), run: v.string() }),
]);
export type SweepToHost = v.InferOutput<typeof SweepToHost>;

export interface SweepState {
  name: string;
  recipe: string;
  /** What is varied, in its order; `log` where it is varied by decades. */
  axes: { name: string; log: boolean }[];
  search: Sweep["search"];
  metric: string;
  goal: Goal;
  status: SweepStatus;
  /** In the order of the sweep. Every number is finite. */
  rows: TrialRow[];
}

export type HostToSweep =
  /** Everything: replaces what the webview has. At most twice a second. */
  | { type: "state"; state: SweepState }
  /** The sweep cannot be shown; `message` says why. */
  | { type: "failed"; message: string };
