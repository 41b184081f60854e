/** What a sweep varies: an axis a hyperparameter, and the points of all axes together. */
import * as v from "valibot";
import { Hyperparameter } from "./runManifest";

/** The values of one hyperparameter that are tried. */
export const Axis = v.variant("kind", [
  v.object({ kind: v.literal("choices"), values: v.pipe(v.array(Hyperparameter), v.minLength(1)) }),
  v.object({
    kind: v.literal("range"),
    low: v.number(),
    high: v.number(),
    /** Evenly by the logarithm, not by the value. */
    log: v.boolean(),
    /** Whole numbers only. */
    whole: v.boolean(),
    /** How many values a grid takes of it, both ends among them. */
    count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2))),
  }),
]);
export type Axis = v.InferOutput<typeof Axis>;

/** By the hyperparameter's name, in the order in which they were given. */
export const SearchSpace = v.record(v.string(), Axis);
export type SearchSpace = v.InferOutput<typeof SearchSpace>;

export type Point = Record<string, Hyperparameter>;

/** Why a text is no axis. */
export type AxisProblem = "empty" | "number" | "boolean" | "range" | "order" | "logarithm" | "count" | "twice";

/** `32..256`, `1e-4..0.1:log`, `32..256:4`, `1e-4..0.1:log:4`. */
const RANGE = /^(.+?)\.\.([^:]+)((?::[^:]*)*)$/;

/**
 * The axis that a text names: choices `0.1,0.01`, or, of numbers, a range `32..256`, with `:log` for a logarithmic one
 * and `:4` for how many values a grid takes.
 *
 * @param example the recipe's own value: says what kind the values are. A range between whole numbers has whole numbers
 * where the recipe's own is one.
 */
export function parseAxis(text: string, example: Hyperparameter): Axis | AxisProblem {
  const range = typeof example === "number" ? RANGE.exec(text.trim()) : null;
  if (range) return parseRange(range, Number.isInteger(example));
  const values: Hyperparameter[] = [];
  for (const part of text.split(",").map((each) => each.trim())) {
    const value = parseValue(part, example);
    if ("problem" in value) return value.problem;
    if (values.includes(value.value)) return "twice";
    values.push(value.value);
  }
  return { kind: "choices", values };
}

function parseRange([, from, to, options]: readonly string[], wholeExample: boolean): Axis | AxisProblem {
  const [low, high] = [Number(from), Number(to)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "number";
  if (low >= high) return "order";
  let log = false;
  let count: number | undefined;
  for (const option of options.split(":").slice(1)) {
    if (option === "log") log = true;
    else if (/^\d+$/.test(option)) count = Number(option);
    else return "range";
  }
  if (log && low <= 0) return "logarithm";
  if (count !== undefined && count < 2) return "count";
  const whole = wholeExample && Number.isInteger(low) && Number.isInteger(high);
  return { kind: "range", low, high, log, whole, ...(count === undefined ? {} : { count }) };
}

/** A value of the example's kind: what `--set` and a form's field take. */
export function parseValue(
  text: string,
  example: Hyperparameter,
): { value: Hyperparameter } | { problem: AxisProblem } {
  if (typeof example === "string") return text === "" ? { problem: "empty" } : { value: text };
  if (text.trim() === "") return { problem: "empty" };
  if (typeof example === "boolean")
    return text === "true" || text === "false" ? { value: text === "true" } : { problem: "boolean" };
  const value = Number(text);
  return Number.isFinite(value) ? { value } : { problem: "number" };
}

/** The text that `parseAxis` makes the axis of. */
export function axisText(axis: Axis): string {
  if (axis.kind === "choices") return axis.values.join(",");
  return `${axis.low}..${axis.high}${axis.log ? ":log" : ""}${axis.count === undefined ? "" : `:${axis.count}`}`;
}

/** The values that a grid takes of an axis, ascending for a range; undefined for a range that says no count. */
export function gridValues(axis: Axis): Hyperparameter[] | undefined {
  if (axis.kind === "choices") return [...axis.values];
  const { count } = axis;
  if (count === undefined) return undefined;
  // Rounding may make two values one.
  return [...new Set(Array.from({ length: count }, (_, i) => within(axis, i / (count - 1))))];
}

/** Names of the axes that a grid cannot take: ranges that say no count. */
export function countless(space: SearchSpace): string[] {
  return Object.keys(space).filter((name) => gridValues(space[name]) === undefined);
}

/** Every combination of the axes' values, the last axis fastest. Axes without a count have no values: see `countless`. */
export function gridPoints(space: SearchSpace): Point[] {
  return Object.entries(space).reduce<Point[]>(
    (points, [name, axis]) =>
      points.flatMap((point) => (gridValues(axis) ?? []).map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
}

/** How often a point is drawn anew because it was drawn before. */
const REDRAWS = 1000;

/**
 * Points drawn at random, no two the same (Bergstra and Bengio, Random Search for Hyper-Parameter Optimization, 2012).
 *
 * @param count how many; fewer come back where the space has fewer.
 * @param draw uniform in [0, 1): the same draws give the same points, and more points begin with the same ones.
 */
export function randomPoints(space: SearchSpace, count: number, draw: () => number): Point[] {
  const points = new Map<string, Point>();
  while (points.size < count) {
    const fresh = freshPoint(space, points, draw);
    if (!fresh) break;
    points.set(JSON.stringify(fresh), fresh);
  }
  return [...points.values()];
}

/** A point that is not among `known`; undefined where none was found: the space is used up. */
function freshPoint(space: SearchSpace, known: ReadonlyMap<string, Point>, draw: () => number): Point | undefined {
  for (let attempt = 0; attempt < REDRAWS; attempt++) {
    const point = Object.fromEntries(Object.entries(space).map(([name, axis]) => [name, drawn(axis, draw())]));
    if (!known.has(JSON.stringify(point))) return point;
  }
  return undefined;
}

function drawn(axis: Axis, at: number): Hyperparameter {
  if (axis.kind === "choices") return axis.values[Math.floor(at * axis.values.length)];
  if (!axis.whole || axis.log) return within(axis, at);
  // Each whole number as often as the others, the ends too.
  return axis.low + Math.floor(at * (axis.high - axis.low + 1));
}

/** The value at a share of the range, to six digits: a person reads it and types it again. */
function within({ low, high, log, whole }: Extract<Axis, { kind: "range" }>, share: number): number {
  const value = log ? low * (high / low) ** share : low + share * (high - low);
  if (whole) return Math.round(value);
  return Math.min(high, Math.max(low, Number(value.toPrecision(6))));
}

/** Hyperparameters that are seldom the question: how long to train, how much data, which seed. */
const SELDOM_VARIED = /epoch|seed|examples|pictures|patience/i;

/**
 * What could be tried of a hyperparameter, as a text for `parseAxis`: rates by decades, sizes by doubling, shares by
 * steps, both truth values. Undefined where only the user can know.
 */
export function proposedAxis(name: string, value: Hyperparameter): string | undefined {
  if (typeof value === "boolean") return "true,false";
  if (typeof value === "string" || SELDOM_VARIED.test(name) || value <= 0) return undefined;
  const tidy = (n: number): number => Number(n.toPrecision(6));
  if (/rate|decay|l1|l2|epsilon/i.test(name) && !/dropout/i.test(name) && value < 1)
    return `${tidy(value / 10)}..${tidy(value * 10)}:log:3`;
  if (Number.isInteger(value)) return value === 1 ? "1,2,3" : `${Math.ceil(value / 2)},${value},${value * 2}`;
  if (value < 1) return [...new Set([0, tidy(value / 2), value, tidy(Math.min(0.9, value * 1.5))])].join(",");
  return `${tidy(value / 2)}..${tidy(value * 2)}:3`;
}
