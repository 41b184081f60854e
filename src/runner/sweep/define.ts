/** A new sweep: what the options and the recipe's own hyperparameters make of it. */
import { createHash } from "node:crypto";
import seedrandom from "seedrandom";
import type { Hyperparameter } from "../../protocol/runManifest";
import {
  type AxisProblem,
  type Point,
  type SearchSpace,
  axisText,
  countless,
  gridPoints,
  parseAxis,
  randomPoints,
} from "../../protocol/searchSpace";
import { type Stopping, SWEEP_VERSION, type Sweep, goalOf } from "../../protocol/sweep";
import type { BackendChoice } from "../backendChoice";
import { UsageError } from "../errors";
import { RUNNER_DEFAULTS } from "../hyperparameters";

export interface SweepRequest {
  recipe: { name: string; path: string; hyperparameters: Record<string, Hyperparameter> };
  /** Each `name=axis`. */
  set: readonly string[];
  /** By default a grid where every axis says its values, else random. */
  search: Sweep["search"] | undefined;
  /** Of a random search. */
  trials: number | undefined;
  seed: number;
  metric: string;
  stopping: Stopping;
  backend: BackendChoice;
  /** By default made of the recipe's and a digest of all else: the same request is the same sweep. */
  name: string | undefined;
}

/** Trials of a random search that says nothing. */
const DEFAULT_TRIALS = 20;

/** More than anybody waits for: a slip of the pen. */
const MOST_TRIALS = 10_000;

/** @throws UsageError */
export function defineSweep(request: SweepRequest, created: number): Sweep {
  const space = parseSpace(request.set, { ...RUNNER_DEFAULTS, ...request.recipe.hyperparameters });
  const search = request.search ?? (countless(space).length === 0 && request.trials === undefined ? "grid" : "random");
  const { recipe, seed, metric, stopping, backend } = request;
  const definition = {
    recipe: { name: recipe.name, path: recipe.path },
    space,
    search,
    seed,
    metric,
    goal: goalOf(metric),
    stopping,
    backend: {
      name: backend.backend ?? "auto",
      ...(backend.libtensorflow ? { libtensorflow: backend.libtensorflow } : {}),
      ...(backend.python ? { python: backend.python } : {}),
    },
    trials: pointsOf(space, search, request).map((values) => ({ values })),
  };
  return {
    version: SWEEP_VERSION,
    name: request.name ?? `${recipe.name}-${digest(definition)}`,
    created,
    ...definition,
  };
}

/** What tells one sweep from another, its progress left out. */
export function sameSweep(a: Sweep, b: Sweep): boolean {
  const definition = ({ trials, ...sweep }: Sweep): string =>
    JSON.stringify([
      sweep.recipe.path,
      Object.entries(sweep.space).map(([name, axis]) => [name, axisText(axis)]),
      sweep.search,
      sweep.seed,
      sweep.metric,
      sweep.stopping.rule === "none" ? "none" : [sweep.stopping.minEpochs, sweep.stopping.minTrials],
      [sweep.backend.name, sweep.backend.libtensorflow, sweep.backend.python],
      trials.map(({ values }) => Object.entries(values)),
    ]);
  return definition(a) === definition(b);
}

function pointsOf(space: SearchSpace, search: Sweep["search"], { trials, seed }: SweepRequest): Point[] {
  if (search === "random") return randomPoints(space, trials ?? DEFAULT_TRIALS, seedrandom.alea(`${seed}/sweep`));
  const missing = countless(space);
  if (missing.length > 0) {
    const [first] = missing;
    throw new UsageError(
      `A grid must know how many values of ${missing.join(" and ")} to take.`,
      `Write --set ${first}=${axisText(space[first])}:4 for four of them, or take --search random.`,
    );
  }
  if (trials !== undefined)
    throw new UsageError("A grid has as many trials as combinations.", "Leave --trials out, or take --search random.");
  const count = Object.values(space).reduce(
    (product, axis) => product * (axis.kind === "choices" ? axis.values.length : (axis.count ?? 1)),
    1,
  );
  if (count > MOST_TRIALS)
    throw new UsageError(`The grid has ${count} combinations.`, "Take fewer values, or --search random --trials 50.");
  return gridPoints(space);
}

/** @throws UsageError */
function parseSpace(set: readonly string[], known: Record<string, Hyperparameter>): SearchSpace {
  const space: SearchSpace = {};
  for (const assignment of set) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined || text === undefined)
      throw new UsageError(`--set ${assignment} has no values.`, "Write --set name=0.1,0.01 or --set name=32..256.");
    if (!Object.hasOwn(known, name))
      throw new UsageError(
        `The recipe has no hyperparameter "${name}".`,
        `It has: ${Object.keys(known).sort().join(", ")}.`,
      );
    if (Object.hasOwn(space, name))
      throw new UsageError(`--set ${name} is given twice.`, "Give all its values at once: --set name=0.1,0.01.");
    const axis = parseAxis(text, known[name]);
    if (typeof axis === "string") throw new UsageError(`--set ${assignment}: ${PROBLEMS[axis]}.`, HOW);
    space[name] = axis;
  }
  if (Object.keys(space).length === 0) throw new UsageError("Nothing is to be varied.", HOW);
  return space;
}

const HOW =
  "Write --set name=0.1,0.01 for choices, name=32..256 for a range, name=1e-4..0.1:log for a logarithmic one.";

const PROBLEMS: Record<AxisProblem, string> = {
  empty: "a value is empty",
  number: "a value is no finite number",
  boolean: "the hyperparameter is true or false",
  range: "only :log and a number of values may follow a range",
  order: "a range begins with its lower end",
  logarithm: "a logarithmic range begins above 0",
  count: "a grid takes at least 2 values of a range",
  twice: "a value is given twice",
};

function digest(definition: unknown): string {
  return createHash("sha256").update(JSON.stringify(definition)).digest("hex").slice(0, 6);
}
