/** What `trainlens preview --serve` is asked and answers, a JSON line each, and what its panel shows. */
import * as v from "valibot";

/** Hyperparameters that the augmentation reads, in place of the recipe's. */
const Strengths = v.record(v.string(), v.union([v.number(), v.boolean()]));

export const PreviewRequest = v.object({ set: Strengths, seed: v.pipe(v.number(), v.safeInteger()) });
export type PreviewRequest = v.InferOutput<typeof PreviewRequest>;

/** A hyperparameter that the recipe's `augment()` reads. */
const Strength = v.object({
  name: v.string(),
  value: v.union([v.number(), v.boolean()]),
  /** The largest number that makes sense; absent where nobody says. */
  most: v.optional(v.number()),
  /** What it changes: "randomRotation factor". */
  changes: v.array(v.string()),
});
export type Strength = v.InferOutput<typeof Strength>;

const Picture = v.object({
  /** base64 */
  png: v.string(),
  /** Its class, or its shares of several; empty where there are none. */
  label: v.string(),
});
export type PreviewPicture = v.InferOutput<typeof Picture>;

const Preview = v.object({
  type: v.literal("preview"),
  seed: v.number(),
  /** What is done, in order: "randomRotation 0.04"; empty where the recipe augments nothing now. */
  steps: v.array(v.string()),
  strengths: v.array(Strength),
  /** Pixels of every picture. */
  height: v.number(),
  width: v.number(),
  examples: v.array(v.object({ original: Picture, augmented: v.array(Picture) })),
});
export type Preview = v.InferOutput<typeof Preview>;

const Failed = v.object({ type: v.literal("failed"), message: v.string(), advice: v.optional(v.string()) });
export const PreviewReply = v.variant("type", [Preview, Failed]);
export type PreviewReply = v.InferOutput<typeof PreviewReply>;

/** A line that the process printed, as a reply; undefined where the recipe itself printed it. */
export function parsePreviewReply(line: string): PreviewReply | undefined {
  try {
    const parsed = v.safeParse(PreviewReply, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the panel's webview may say; checked by the host. */
export const AugmentationToHost = v.variant("type", [
  /** The webview stands (again): the host answers with the state. */
  v.object({ type: v.literal("ready") }),
  v.object({ type: v.literal("show"), request: PreviewRequest }),
  /** Put the strengths that are shown into the recipe's source. */
  v.object({ type: v.literal("write") }),
  v.object({ type: v.literal("openRecipe") }),
]);
export type AugmentationToHost = v.InferOutput<typeof AugmentationToHost>;

/** All that the panel shows. */
export interface AugmentationState {
  /** The recipe's name. */
  recipe: string;
  request: PreviewRequest;
  /** A picture is being made. */
  busy: boolean;
  /** The last one that there was. */
  preview?: Preview;
  /** Why the last request gave none. */
  failure?: { message: string; advice?: string };
  /** Whether strengths differ from the recipe's, are in its editor, or are what it says. */
  strengths: "changed" | "written" | "recipe's";
}

export type HostToAugmentation = { type: "state"; state: AugmentationState };
