/** Messages between the host and the Training panel. */
import type { RunEvent } from "./events";
import type { ProcessFacts } from "./reducer";
import type { RunManifest } from "./runManifest";

/** Verbs a user can ask for in the panel; the host runs the command of that name on the panel's run. */
export type RunVerb = "stop" | "resume" | "rerun" | "explain" | "reveal" | "openOutput" | "openRecipe";

export type TrainingToHost =
  /** The webview stands (again): the host answers with a snapshot. */
  | { type: "ready" }
  | { type: "verb"; verb: RunVerb }
  /** Open one of the run's explanations; `path` is relative to the run folder. */
  | { type: "openExplanation"; path: string };

export type HostToTraining =
  /** Everything so far: replaces what the webview has. */
  | { type: "snapshot"; manifest: RunManifest; events: RunEvent[]; facts: ProcessFacts }
  /** What came since, in order, at most 10 times a second. */
  | { type: "events"; events: RunEvent[] }
  | { type: "facts"; facts: ProcessFacts };
