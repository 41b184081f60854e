/** The geometry of predicted against true quantities: both axes alike, so that what is right lies on the diagonal. */
import { type Tick, axisTicks } from "./link";
import type { MeasureText } from "./text";

export interface PredictionSize {
  /** px. */
  width: number;
  height: number;
  fontSize: number;
  measure: MeasureText;
}

export interface PredictionLayout {
  plot: { left: number; right: number; top: number; bottom: number };
  /** Those with two finite numbers, by the true one ascending; `row` is their place in the arrays. */
  points: { row: number; x: number; y: number }[];
  xTicks: Tick[];
  yTicks: Tick[];
  /** Where prediction and truth are the same, from corner to corner. */
  diagonal: { x1: number; y1: number; x2: number; y2: number };
}

/** Free room within the axes, as a share of the range. */
const MARGIN = 0.04;

/** @param truth, predicted [rows]. */
export function predictionLayout(
  truth: readonly number[],
  predicted: readonly number[],
  { width, height, fontSize, measure }: PredictionSize,
): PredictionLayout {
  const rows = truth.flatMap((value, row) => (Number.isFinite(value) && Number.isFinite(predicted[row]) ? [row] : []));
  const values = rows.flatMap((row) => [truth[row], predicted[row]]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = high > low ? MARGIN * (high - low) : Math.max(1, Math.abs(high)) * MARGIN;
  const domain: [number, number] = values.length === 0 ? [0, 1] : [low - room, high + room];
  const ticks = { link: "identity", domain, gap: fontSize, numberStyle: "automatic", fontSize } as const;
  const vertical = { top: fontSize / 2, bottom: height - 3.6 * fontSize };
  const yTicks = axisTicks({ ...ticks, range: [vertical.bottom, vertical.top] });
  const widest = Math.max(0, ...yTicks.map(({ text }) => measure(text, fontSize)));
  // The axis's own name stands upright left of its numbers.
  const plot = { left: Math.ceil(widest + 2.6 * fontSize), right: width - fontSize, ...vertical };
  const along = (from: number, to: number) => (value: number) =>
    from + ((value - domain[0]) / (domain[1] - domain[0])) * (to - from);
  const [x, y] = [along(plot.left, plot.right), along(plot.bottom, plot.top)];
  return {
    plot,
    points: rows
      .map((row) => ({ row, x: x(truth[row]), y: y(predicted[row]) }))
      .sort((a, b) => a.x - b.x || a.row - b.row),
    xTicks: axisTicks({ ...ticks, range: [plot.left, plot.right], measure, limits: [0, width] }),
    yTicks,
    diagonal: { x1: plot.left, y1: plot.bottom, x2: plot.right, y2: plot.top },
  };
}

/** Which point is nearest, as an index into `points`; undefined where there is none. */
export function nearestPoint({ points }: PredictionLayout, x: number, y: number): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  points.forEach((point, i) => {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}
