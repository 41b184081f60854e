/** What `trainlens check` finds out about a recipe without training it, and in which words. */
import * as v from "valibot";
import { DataReport } from "./dataReport";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What of a recipe's text would mend it. */
const Fix = v.variant("kind", [
  /** The shape of an example, for the model's first layer. */
  v.object({ kind: v.literal("inputShape"), shape: v.array(count) }),
  /** For the last layer. */
  v.object({ kind: v.literal("units"), units: count }),
]);
export type RecipeFix = v.InferOutput<typeof Fix>;

export const RecipeProblem = v.variant("kind", [
  /** A run would end with this. `place` counts from 1, as in a stack. */
  v.object({
    kind: v.literal("failure"),
    message: v.string(),
    advice: v.optional(v.string()),
    place: v.optional(v.object({ line: count, column: count })),
    fix: v.optional(Fix),
  }),
  /** The loss turns logits into probabilities itself, and gets probabilities. */
  v.object({ kind: v.literal("lossFromLogits"), loss: v.string(), activation: v.string() }),
  /** The loss takes the logarithm of what need not be above 0. */
  v.object({
    kind: v.literal("lossFromProbabilities"),
    loss: v.string(),
    activation: v.string(),
    wanted: v.picklist(["softmax", "sigmoid"]),
  }),
  v.object({ kind: v.literal("softmaxOfOne") }),
  /** `layers` of the pretrained base learn from the first step on. */
  v.object({ kind: v.literal("baseNotFrozen"), layers: count }),
  /** Examples of validation and test that are training examples, of which a background is drawn. */
  v.object({ kind: v.literal("duplicates"), count }),
]);
export type RecipeProblem = v.InferOutput<typeof RecipeProblem>;

export const RecipeCheck = v.object({
  problems: v.array(RecipeProblem),
  /** Where `data()` gave some: examples of each split, and what they are like. */
  data: v.optional(
    v.object({
      name: v.optional(v.string()),
      train: count,
      validation: count,
      test: v.optional(count),
      inputShape: v.array(count),
      report: DataReport,
    }),
  ),
  /** Where `createModel()` gave one; trees have no parameters before they are grown. */
  model: v.optional(v.object({ name: v.string(), parameters: v.optional(count) })),
});
export type RecipeCheck = v.InferOutput<typeof RecipeCheck>;

/** @returns undefined for a text that is no such object. */
export function parseRecipeCheck(text: string): RecipeCheck | undefined {
  try {
    const parsed = v.safeParse(RecipeCheck, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** An error fails a run, a warning spoils its model, an information spoils what is made of it. */
export type Severity = "error" | "warning" | "information";

export function severityOf({ kind }: RecipeProblem): Severity {
  if (kind === "failure") return "error";
  return kind === "duplicates" ? "information" : "warning";
}

/** Marks a text as one to translate: the command line says it too, which has no vscode. */
const t = (text: string): string => text;

const SENTENCES: Record<Exclude<RecipeProblem["kind"], "failure">, { message: string; advice: string }> = {
  lossFromLogits: {
    message: t("The loss {0} takes logits, and the model ends with {1}: the probabilities are squeezed twice."),
    advice: t("Leave the last layer's activation out, or take a loss of probabilities."),
  },
  lossFromProbabilities: {
    message: t("The loss {0} takes probabilities, and the model ends with the activation {1}."),
    advice: t('Give the last layer the activation "{0}".'),
  },
  softmaxOfOne: {
    message: t("Softmax over one unit is always 1: the model has one answer for everything."),
    advice: t('For two classes take one unit with the activation "sigmoid" and the loss "binaryCrossentropy".'),
  },
  baseNotFrozen: {
    message: t("{0} layers of the pretrained base learn from the first step on, when the new head knows nothing yet."),
    advice: t("Freeze it: base.trainable = false. Export fineTune() to let its top layers learn afterwards."),
  },
  duplicates: {
    message: t("{0} examples of validation and test are training examples too."),
    advice: t("Scores are too good by them, and an explained one may stand in its own background. Leave them out."),
  },
};

/** Puts arguments in the place of {0}, {1}, …, and may translate the text before. */
export type Translate = (text: string, ...args: (string | number)[]) => string;

export function problemText(problem: RecipeProblem, translate: Translate): { message: string; advice?: string } {
  if (problem.kind === "failure") {
    return { message: problem.message, ...(problem.advice === undefined ? {} : { advice: problem.advice }) };
  }
  const { message, advice } = SENTENCES[problem.kind];
  switch (problem.kind) {
    case "lossFromLogits":
      return { message: translate(message, problem.loss, problem.activation), advice: translate(advice) };
    case "lossFromProbabilities":
      return {
        message: translate(message, problem.loss, problem.activation),
        advice: translate(advice, problem.wanted),
      };
    case "baseNotFrozen":
      return { message: translate(message, problem.layers), advice: translate(advice) };
    case "duplicates":
      return { message: translate(message, problem.count), advice: translate(advice) };
    case "softmaxOfOne":
      return { message: translate(message), advice: translate(advice) };
  }
}

/** As it stands in the code. */
export const inEnglish: Translate = (text, ...args) =>
  text.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)]));
