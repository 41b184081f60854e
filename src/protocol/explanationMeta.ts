/** `meta` of an explanation file: one JSON string about how it was made. */
import * as v from "valibot";
import { Judgement } from "./judgement";

/** What `meta` (one JSON string) may say. Everything is optional: other writers know other things. */
export interface ExplanationMeta {
  method?: string;
  /** What the method was told, by the names of its options. */
  parameters?: Record<string, string | number | boolean>;
  /** [samples * outputs]: which of the model's outputs each column is, where each sample has its own. */
  outputIndexes?: number[];
  /** Rows of the background. */
  background?: number;
  seed?: number;
  backend?: string;
  seconds?: number;
  /** max over samples and outputs of |sum(phi) + E[f] - f(x)|. */
  additivityError?: number;
  model?: string;
  /** Number of each explained sample in its data set. */
  sampleIndices?: number[];
  /** The true class of each sample, as an index into the outputs, where it is known. */
  labels?: number[];
  /** "probability" | "logit" | "raw": what the outputs are, which decides whether the logit link makes sense. */
  outputKind?: "probability" | "logit" | "raw";
  /** Scores of the explanation. */
  judgement?: Judgement;
}

/** Each field on its own: one that is not of its kind is left out, the others stay. */
const lenient = <T extends v.GenericSchema>(schema: T) => v.fallback(v.optional(schema), undefined);
const numbers = v.array(v.number());
const Meta = v.object({
  method: lenient(v.string()),
  parameters: lenient(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
  outputIndexes: lenient(numbers),
  background: lenient(v.number()),
  seed: lenient(v.number()),
  backend: lenient(v.string()),
  seconds: lenient(v.number()),
  additivityError: lenient(v.number()),
  model: lenient(v.string()),
  sampleIndices: lenient(numbers),
  labels: lenient(numbers),
  outputKind: lenient(v.picklist(["probability", "logit", "raw"])),
  judgement: lenient(Judgement),
});

/** The fields that a text holds; those that it lacks or has of another kind are left out. */
export function parseMeta(text: string): ExplanationMeta {
  try {
    const parsed = v.safeParse(Meta, JSON.parse(text));
    if (!parsed.success) return {};
    return Object.fromEntries(Object.entries(parsed.output).filter(([, value]) => value !== undefined));
  } catch {
    return {};
  }
}
