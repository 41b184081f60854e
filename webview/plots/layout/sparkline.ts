/** The geometry of a small line without axes: values over the last stretch of time. */

export interface SparklineOptions {
  /** px. */
  width: number;
  height: number;
  /** Time across the width; the last value stands at the right edge. */
  window: number;
  /** The value at the upper edge; 0 is at the lower one. */
  top: number;
}

/**
 * The points of a line, "x,y x,y", and of the area under it.
 *
 * @param samples in order of time; a value that is undefined leaves no gap but is passed over.
 */
export function sparkline(
  samples: readonly { time: number; value: number | undefined }[],
  { width, height, window, top }: SparklineOptions,
): { line: string; area: string } {
  const last = samples.at(-1)?.time ?? 0;
  const points = samples.flatMap(({ time, value }) => {
    const x = width * (1 - (last - time) / window);
    if (value === undefined || x < 0 || top <= 0) return [];
    return [[x, height * (1 - Math.min(1, Math.max(0, value / top)))] as const];
  });
  const line = points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");
  const [first] = points;
  if (!first) return { line: "", area: "" };
  return { line, area: `${round(first[0])},${height} ${line} ${round(points[points.length - 1][0])},${height}` };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
