/** A run's hyperparameters as fields: what is typed, what is wrong with it, and what differs from the run. */
import type { Hyperparameter } from "../../src/protocol/runManifest";
import { parseValue } from "../../src/protocol/searchSpace";

export type FieldProblem = "number" | "count" | "text";

export interface FormField {
  name: string;
  /** Of the run. */
  original: Hyperparameter;
  /** What the field holds. */
  text: string;
  value?: Hyperparameter;
  problem?: FieldProblem;
  changed: boolean;
}

/** These the runner counts with. */
const COUNTS = ["epochs", "batchSize"];

/** @param drafts what was typed, by name. */
export function formFields(
  hyperparameters: Readonly<Record<string, Hyperparameter>>,
  drafts: Readonly<Record<string, string>>,
): FormField[] {
  return Object.entries(hyperparameters).map(([name, original]) => {
    const text = Object.hasOwn(drafts, name) ? drafts[name] : String(original);
    const parsed = parseValue(text, original);
    const changed = "problem" in parsed || parsed.value !== original;
    if ("problem" in parsed) {
      const count = COUNTS.includes(name);
      const problem = typeof original === "string" ? "text" : count ? "count" : "number";
      return { name, original, text, problem, changed };
    }
    const { value } = parsed;
    const uncounted = COUNTS.includes(name) && !(Number.isInteger(value) && Number(value) > 0);
    return { name, original, text, value, changed, ...(uncounted ? { problem: "count" as const } : {}) };
  });
}

/** The values that differ from the run's; undefined where a field is wrong. */
export function changesOf(fields: readonly FormField[]): Record<string, Hyperparameter> | undefined {
  if (fields.some(({ problem }) => problem !== undefined)) return undefined;
  return Object.fromEntries(
    fields.flatMap(({ name, value, changed }) => (changed && value !== undefined ? [[name, value]] : [])),
  );
}
