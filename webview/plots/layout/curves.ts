/** Curves from a run's state: pure, so that a test reads numbers from them. */
import { type RunState, batchSeries } from "../../../src/protocol/reducer";

/** Points of one curve; x ascends, a missing value is null. */
export interface Points {
  x: number[];
  y: (number | null)[];
}

/** What one chart draws. */
export interface CurveSet {
  metric: string;
  train: Points;
  /** Undefined where it would be the same as `train`. */
  smoothed?: Points;
  validation: Points;
  /** The first value that is no number, where there is one. */
  broken?: { value: number; epoch: number; batch: number };
}

export type XAxis = "batch" | "epoch";

/** Metrics of a run, `loss` first, without their `val_` twins. */
export function curveMetrics(state: RunState): string[] {
  const names = new Set([
    ...state.batches.flatMap((chunk) => Object.keys(chunk.metrics)),
    ...state.epochs.flatMap(({ metrics }) => Object.keys(metrics).map((name) => name.replace(/^val_/, ""))),
  ]);
  return [...names].sort((a, b) => Number(b === "loss") - Number(a === "loss"));
}

/**
 * The curves of a metric.
 *
 * @param smoothing weight of the past in [0, 1); 0 is none.
 * @param pixels more points than this are thinned out, keeping each stretch's lowest and highest.
 */
export function curves(state: RunState, metric: string, axis: XAxis, smoothing: number, pixels: number): CurveSet {
  const broken = firstBroken(state, metric);
  const validation = epochPoints(state, `val_${metric}`, axis);
  const base = { metric, validation, ...(broken ? { broken } : {}) };
  if (axis === "epoch") return { ...base, train: epochPoints(state, metric, axis) };
  const { steps, metrics } = batchSeries(state);
  const values = metrics[metric];
  // Measured at epochs' ends only.
  if (!values) return { ...base, train: epochPoints(state, metric, axis) };
  const train = thin(steps, values, pixels);
  if (smoothing === 0) return { ...base, train };
  return { ...base, train, smoothed: thin(steps, smooth(values, smoothing), pixels) };
}

function epochPoints({ epochs }: RunState, name: string, axis: XAxis): Points {
  const known = epochs.filter(({ metrics }) => name in metrics);
  return {
    x: known.map(({ epoch, step }) => (axis === "epoch" ? epoch : step)),
    y: known.map(({ metrics }) => finite(metrics[name])),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * Exponential moving average, corrected for its start (as Adam corrects its moments), so that the curve does not begin
 * at 0. A value that is no number is passed over and leaves a gap.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let average = 0;
  let seen = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return Number.NaN;
    average = weight * average + (1 - weight) * value;
    seen++;
    return average / (1 - weight ** seen);
  });
}

/** At most about `pixels` points: of each stretch its lowest and its highest, in their order; gaps stay gaps. */
export function thin(x: readonly number[], y: readonly number[], pixels: number): Points {
  if (x.length <= pixels) return { x: [...x], y: y.map(finite) };
  const points: Points = { x: [], y: [] };
  const stretches = Math.max(1, Math.floor(pixels / 2));
  for (let s = 0; s < stretches; s++) {
    const [from, to] = [s, s + 1].map((edge) => Math.floor((edge * x.length) / stretches));
    let [low, high] = [-1, -1];
    for (let i = from; i < to; i++) {
      if (!Number.isFinite(y[i])) continue;
      if (low < 0 || y[i] < y[low]) low = i;
      if (high < 0 || y[i] > y[high]) high = i;
    }
    const kept = low < 0 ? [from] : [...new Set([Math.min(low, high), Math.max(low, high)])];
    for (const i of kept) {
      points.x.push(x[i]);
      points.y.push(finite(y[i]));
    }
  }
  return points;
}

function firstBroken({ batches }: RunState, metric: string): CurveSet["broken"] {
  for (const chunk of batches) {
    const values = chunk.metrics[metric] ?? [];
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return { value: values[at], epoch: chunk.epoch, batch: chunk.batch - values.length + 1 + at };
  }
  return undefined;
}

/** One x axis for all curves: their union, ascending; a curve without a point there has undefined. */
export function align(all: readonly Points[]): { x: number[]; y: (number | null | undefined)[][] } {
  const x = [...new Set(all.flatMap((points) => points.x))].sort((a, b) => a - b);
  const place = new Map(x.map((value, i) => [value, i]));
  const y = all.map((points) => {
    const row = new Array<number | null | undefined>(x.length).fill(undefined);
    points.x.forEach((value, i) => {
      const at = place.get(value);
      if (at !== undefined) row[at] = points.y[i];
    });
    return row;
  });
  return { x, y };
}
