/** `run.json`: what a run was asked to do. Written before the first event, and anew, whole, where it is resumed with other hyperparameters. */
import * as v from "valibot";

export const MANIFEST_VERSION = 1;

export const Hyperparameter = v.union([v.number(), v.string(), v.boolean()]);
export type Hyperparameter = v.InferOutput<typeof Hyperparameter>;

export const RunManifest = v.object({
  version: v.literal(MANIFEST_VERSION),
  id: v.string(),
  /** ms since 1970. */
  created: v.number(),
  recipe: v.object({
    name: v.string(),
    /** Absolute path of the recipe's module. */
    path: v.string(),
    language: v.picklist(["typescript", "javascript", "python"]),
  }),
  hyperparameters: v.record(v.string(), Hyperparameter),
  /** Hyperparameters given on the command line, which win over the recipe's own: kept so that a rerun repeats them. */
  overrides: v.record(v.string(), Hyperparameter),
  seed: v.number(),
  backendAsked: v.string(),
  /** Whose libtensorflow a native backend was to use, and of which interpreter, where that was asked for. */
  libtensorflow: v.optional(v.picklist(["bundled", "python"])),
  python: v.optional(v.string()),
  versions: v.record(v.string(), v.string()),
  gitCommit: v.optional(v.string()),
  /** Of a trial: its sweep, and its number there, from 1. */
  sweep: v.optional(v.object({ name: v.string(), trial: v.number() })),
});
export type RunManifest = v.InferOutput<typeof RunManifest>;

/** The manifest in a text, or undefined where it is not one. */
export function parseManifest(text: string): RunManifest | undefined {
  try {
    const result = v.safeParse(RunManifest, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
