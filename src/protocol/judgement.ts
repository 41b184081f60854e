/** Scores of an explanation, as its file's `meta` holds them. */
import * as v from "valibot";

/** Each field on its own: a score that is not of its kind is left out, the others stay. */
const lenient = <T extends v.GenericSchema>(schema: T) => v.fallback(v.optional(schema), undefined);
const curve = v.array(v.number());

export const Judgement = v.object({
  /** How many samples were judged: of each the output that the model gives first. */
  samples: v.number(),
  seed: v.number(),
  /** |sum(phi) + base - f(x)|: largest and mean. */
  additivity: lenient(v.object({ max: v.number(), mean: v.number() })),
  /** Curves over `fractions` of the features hidden, or shown, and the areas under them. */
  faithfulness: lenient(
    v.object({
      fractions: curve,
      deletion: curve,
      insertion: curve,
      random: curve,
      deletionArea: v.number(),
      insertionArea: v.number(),
      randomArea: v.number(),
    }),
  ),
  infidelity: lenient(v.object({ infidelity: v.number(), relative: v.number(), draws: v.number() })),
  maxSensitivity: lenient(v.object({ mean: v.number(), worst: v.number(), draws: v.number(), radius: v.number() })),
  stability: lenient(v.object({ relativeWidth: v.number(), resamples: v.number() })),
});
export type Judgement = v.InferOutput<typeof Judgement>;

export const JUDGE_NAMES = ["additivity", "faithfulness", "infidelity", "maxSensitivity", "stability"] as const;
export type JudgeName = (typeof JUDGE_NAMES)[number];
