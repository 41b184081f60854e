/** The geometry of deletion and insertion curves: fractions of the features against the model's output. */

export interface FaithfulnessCurves {
  fractions: readonly number[];
  deletion: readonly number[];
  insertion: readonly number[];
  random: readonly number[];
}

export interface CurvesLayout {
  /** "x,y x,y" */
  deletion: string;
  insertion: string;
  random: string;
  /** Lines across, from the lowest to the highest. */
  ticks: { y: number; value: number }[];
  /** px: where the curves begin and end. */
  left: number;
  right: number;
  bottom: number;
}

/** px. */
const MARGIN = { left: 46, right: 8, top: 8, bottom: 22 };

/** @param width px. @param height px. */
export function layoutFaithfulness(
  { fractions, ...curves }: FaithfulnessCurves,
  width: number,
  height: number,
): CurvesLayout {
  const all = [...curves.deletion, ...curves.insertion, ...curves.random].filter(Number.isFinite);
  const [low, high] = all.length > 0 ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const span = high - low || 1;
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const toY = (value: number): number => round(bottom - ((value - low) / span) * (bottom - MARGIN.top));
  const line = (values: readonly number[]): string =>
    values
      .flatMap((value, i) =>
        Number.isFinite(value) ? [`${round(left + fractions[i] * (right - left))},${toY(value)}`] : [],
      )
      .join(" ");
  return {
    deletion: line(curves.deletion),
    insertion: line(curves.insertion),
    random: line(curves.random),
    ticks: [low, low + span / 2, low + span].map((value) => ({ y: toY(value), value })),
    left,
    right,
    bottom,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
