/** A recipe's `compare`: the same training once more with other hyperparameters, to see what they do. */
import type { EventSink, NewRunEvent } from "../protocol/events";
import type { Hyperparameter } from "../protocol/runManifest";
import { UserError } from "./errors";
import type { Recipe } from "./recipe";

type Evaluation = Extract<NewRunEvent, { type: "evaluation" }>;

export interface Comparison {
  /** Those that differ from the run's. */
  readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
  /** What the run's own model reached, once it has. */
  asTrained?: Evaluation;
  /** Passes events on, and remembers the evaluation. */
  watch(sink: EventSink): EventSink;
}

/**
 * What is to be compared; undefined where the recipe has no `compare`, its hyperparameter `compare` is false, or the run has
 * those very hyperparameters.
 *
 * @throws UserError for hyperparameters that the recipe does not have.
 */
export function comparisonOf({
  compare,
  hyperparameters,
  own,
}: Pick<Recipe, "compare" | "hyperparameters" | "own">): Comparison | undefined {
  if (!compare || hyperparameters["compare"] === false) return undefined;
  for (const [name, value] of Object.entries(compare)) {
    const other = hyperparameters[name] as Hyperparameter | undefined;
    if (typeof other === typeof value) continue;
    throw new UserError(
      other === undefined
        ? `The recipe's compare sets "${name}", which is none of its hyperparameters.`
        : `The recipe's compare sets ${name} to a ${typeof value}; the hyperparameter is a ${typeof other}.`,
      "Write one of its hyperparameters with another value: export const compare = { augment: false };",
    );
  }
  const different = Object.entries(compare).filter(([name, value]) => hyperparameters[name] !== value);
  if (different.length === 0) return undefined;
  if (own) {
    throw new UserError(
      "The recipe exports compare, and its own trainStep() leads to no scores on held-out data.",
      "Leave compare out.",
    );
  }
  const comparison: Comparison = {
    hyperparameters: Object.fromEntries(different),
    watch: (sink) => (event) => {
      if (event.type === "evaluation") comparison.asTrained = event;
      sink(event);
    },
  };
  return comparison;
}

/** Where the events of the comparison's training go: its epochs and its scores as such, warnings as they are, no others. */
export function comparisonSink({ hyperparameters, asTrained }: Comparison, sink: EventSink): EventSink {
  return (event) => {
    if (event.type === "log" && event.level !== "info") sink(event);
    if (event.type === "epoch") {
      const { epoch, epochs, metrics } = event;
      sink({ type: "comparison", hyperparameters: { ...hyperparameters }, epoch, epochs, metrics });
    }
    if (event.type !== "evaluation" || !asTrained) return;
    sink({
      type: "compared",
      hyperparameters: { ...hyperparameters },
      split: event.split,
      ...(event.classNames ? { classNames: event.classNames } : {}),
      compared: scoresOf(event),
      asTrained: scoresOf(asTrained),
    });
  };
}

function scoresOf({ metrics, confusion }: Evaluation): Pick<Evaluation, "metrics" | "confusion"> {
  return { metrics, ...(confusion ? { confusion } : {}) };
}
