/** What the user has chosen in the view. Kept over hiding the panel, so what comes back is checked. */
import * as v from "valibot";
import type { ExplanationMeta } from "../../src/protocol/explanation";
import { LINKS } from "../plots/layout/link";
import { NUMBER_STYLES } from "../plots/layout/numbers";
import type { SampleOrder } from "../plots/layout/order";
import type { StackedOptions } from "../plots/layout/stacked";

export const VIEWS = ["force", "stacked", "image"] as const;
export type View = (typeof VIEWS)[number];

const index = v.pipe(v.number(), v.integer(), v.minValue(0));

const ChoicesSchema = v.object({
  view: v.optional(v.picklist(VIEWS)),
  outputIndex: v.optional(index),
  /** Row of the file. */
  sample: index,
  order: v.variant("by", [
    v.object({ by: v.picklist(["similarity", "output", "original", "key", "label"]) }),
    v.object({ by: v.literal("feature"), feature: index }),
  ]),
  effects: v.variant("of", [
    v.object({ of: v.literal("all") }),
    v.object({ of: v.literal("feature"), feature: index }),
  ]),
  link: v.picklist(LINKS),
  numberStyle: v.picklist(NUMBER_STYLES),
  /** Whether each control is explained in a sentence. */
  help: v.boolean(),
});

export interface Choices {
  /** Undefined until chosen: then it follows the file. */
  view?: View | undefined;
  outputIndex?: number | undefined;
  sample: number;
  order: SampleOrder;
  effects: StackedOptions["effects"];
  link: (typeof LINKS)[number];
  numberStyle: (typeof NUMBER_STYLES)[number];
  help: boolean;
}

export const DEFAULT_CHOICES: Choices = {
  sample: 0,
  order: { by: "similarity" },
  effects: { of: "all" },
  link: "identity",
  numberStyle: "automatic",
  help: true,
};

/** The choices in a saved state; the defaults for anything else. */
export function parseChoices(saved: unknown): Choices {
  const result = v.safeParse(ChoicesSchema, saved);
  return result.success ? result.output : DEFAULT_CHOICES;
}

/** Choices that the file can follow: indices within it, and the logit link only where it has a meaning. */
export function fitChoices(
  choices: Choices,
  file: { samples: number; features: number; outputs: number; meta: ExplanationMeta },
): Choices {
  const { order, effects } = choices;
  return {
    ...choices,
    outputIndex:
      choices.outputIndex !== undefined && choices.outputIndex < file.outputs ? choices.outputIndex : undefined,
    sample: Math.min(choices.sample, Math.max(0, file.samples - 1)),
    order: order.by === "feature" && order.feature >= file.features ? DEFAULT_CHOICES.order : order,
    effects: effects.of === "feature" && effects.feature >= file.features ? DEFAULT_CHOICES.effects : effects,
    link: allowsLogit(file.meta) ? choices.link : "identity",
  };
}

/** Probabilities need no logistic function: only log-odds, and outputs of which nothing is known, may go through it. */
export function allowsLogit(meta: ExplanationMeta): boolean {
  return meta.outputKind !== "probability";
}
