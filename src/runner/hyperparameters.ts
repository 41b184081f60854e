/** Hyperparameters given on the command line: `--set learningRate=0.01`. */
import type { Hyperparameter } from "../protocol/runManifest";
import { UsageError } from "./errors";

/** Hyperparameters that the runner itself reads, with what it takes where a recipe says nothing. */
export const RUNNER_DEFAULTS = { epochs: 10, batchSize: 32 } as const;

/**
 * Puts overrides into a recipe's own object.
 *
 * @param assignments each `name=value`; a value takes the kind of what it replaces.
 * @returns the overrides by name.
 * @throws UsageError for a name that the recipe does not have, or a value of another kind.
 */
export function applyOverrides(
  own: Record<string, Hyperparameter>,
  assignments: readonly string[],
): Record<string, Hyperparameter> {
  const known: Record<string, Hyperparameter> = { ...RUNNER_DEFAULTS, ...own };
  const overrides: Record<string, Hyperparameter> = {};
  for (const assignment of assignments) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined || text === undefined) {
      throw new UsageError(`--set ${assignment} has no value.`, "Write --set name=value.");
    }
    if (!Object.hasOwn(known, name)) {
      throw new UsageError(
        `The recipe has no hyperparameter "${name}".`,
        `It has: ${Object.keys(known).sort().join(", ")}.`,
      );
    }
    overrides[name] = parseAs(known[name], text, name);
  }
  Object.assign(own, overrides);
  return overrides;
}

function parseAs(example: Hyperparameter, text: string, name: string): Hyperparameter {
  switch (typeof example) {
    case "number": {
      const value = Number(text);
      if (text.trim() === "" || Number.isNaN(value)) throw new UsageError(`${name} is a number; "${text}" is none.`);
      return value;
    }
    case "boolean":
      if (text !== "true" && text !== "false") throw new UsageError(`${name} is true or false, not "${text}".`);
      return text === "true";
    default:
      return text;
  }
}

/**
 * How many epochs a recipe with fineTune() goes on for.
 *
 * @throws UsageError where it does not say, or says no whole number.
 */
export function fineTuneEpochs({ fineTuneEpochs: value }: Record<string, Hyperparameter>): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new UsageError(
    `The recipe exports fineTune(), and its hyperparameter fineTuneEpochs is ${String(value)}.`,
    "Add fineTuneEpochs to its hyperparameters: a whole number, 0 for no fine-tuning.",
  );
}

/**
 * A hyperparameter that counts something.
 *
 * @throws UsageError where it is no whole number above 0.
 */
export function countOf(hyperparameters: Record<string, Hyperparameter>, name: keyof typeof RUNNER_DEFAULTS): number {
  const value = hyperparameters[name] ?? RUNNER_DEFAULTS[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1) {
    throw new UsageError(`The hyperparameter ${name} is ${String(value)}; it must be a whole number above 0.`);
  }
  return value;
}
