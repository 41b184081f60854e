/** Messages between the host and the Training panel. */
import * as v from "valibot";
import type { RunEvent } from "./events";
import type { GpuSample } from "./nvidiaSmi";
import type { ProcessFacts } from "./reducer";
import { Hyperparameter, type RunManifest } from "./runManifest";
import type { TreeModel } from "./treeModel";

/** Verbs a user can ask for in the panel; the host runs the command of that name on the panel's run. */
const RunVerb = v.picklist(["stop", "resume", "rerun", "explain", "reveal", "openOutput", "openRecipe"]);
export type RunVerb = v.InferOutput<typeof RunVerb>;

/** What the panel's webview may say; checked by the host. */
export const TrainingToHost = v.variant("type", [
  /** The webview stands (again): the host answers with a snapshot. */
  v.object({ type: v.literal("ready") }),
  v.object({ type: v.literal("verb"), verb: RunVerb }),
  /** A new run: this one's hyperparameters, but these. */
  v.object({ type: v.literal("runAgain"), set: v.record(v.string(), Hyperparameter) }),
  /** Open one of the run's explanations; `path` is relative to the run folder. */
  v.object({ type: v.literal("openExplanation"), path: v.string() }),
  /** Open the doctor: what keeps the better backends from working? */
  v.object({ type: v.literal("doctor") }),
]);
export type TrainingToHost = v.InferOutput<typeof TrainingToHost>;

export type HostToTraining =
  /** Everything so far: replaces what the webview has. */
  | { type: "snapshot"; manifest: RunManifest; events: RunEvent[]; facts: ProcessFacts }
  /** What came since, in order, at most 10 times a second. */
  | { type: "events"; events: RunEvent[] }
  | { type: "facts"; facts: ProcessFacts }
  /** NVIDIA's cards at work, while an active run uses one: what came since. */
  | { type: "gpu"; samples: readonly GpuSample[] }
  /** The trees of a run whose model is of trees, once it is saved; a snapshot takes them back. */
  | { type: "trees"; trees: { model: TreeModel } | { failure: string } }
  /** The run cannot be shown; `message` says why. A snapshot follows once it can. */
  | { type: "failed"; message: string };
