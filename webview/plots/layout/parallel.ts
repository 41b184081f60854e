/** The geometry of parallel coordinates: an axis a quantity, a line a trial. */

export type ParallelValue = number | string | boolean;

export interface ParallelAxis {
  name: string;
  /** Evenly by the logarithm; every number is above 0 then. */
  log: boolean;
}

export interface ParallelLine {
  id: string;
  /** A value an axis; undefined where there is none yet. */
  values: readonly (ParallelValue | undefined)[];
}

export interface ParallelLayout {
  axes: { name: string; x: number; ticks: { y: number; text: string }[] }[];
  /** Points of each line that has at least two values next to each other, from the first gap on left out. */
  lines: { id: string; points: [x: number, y: number][] }[];
  top: number;
  bottom: number;
}

export interface ParallelSize {
  /** px. */
  width: number;
  height: number;
  /** Room for names above and at the sides. */
  top: number;
  side: number;
}

/** So many different values of an axis are marked each; of more numbers the ends and what lies between them. */
const MARKED = 6;

const PADDING = 12;

export function parallelLayout(
  axes: readonly ParallelAxis[],
  lines: readonly ParallelLine[],
  { width, height, top, side }: ParallelSize,
): ParallelLayout {
  const bottom = height - PADDING;
  const gap = axes.length > 1 ? (width - 2 * side) / (axes.length - 1) : 0;
  const scales = axes.map((axis, i) =>
    scaleOf(
      axis,
      lines.flatMap(({ values }) => values[i] ?? []),
    ),
  );
  const yOf = (share: number): number => round(bottom - share * (bottom - top));
  return {
    axes: axes.map(({ name }, i) => ({
      name,
      x: round(side + i * gap),
      ticks: scales[i].ticks.map(({ share, text }) => ({ y: yOf(share), text })),
    })),
    lines: lines.flatMap(({ id, values }) => {
      const end = values.findIndex((value) => value === undefined);
      const known = values.slice(0, end < 0 ? values.length : end);
      const points = known.flatMap((value, i): [number, number][] =>
        value === undefined ? [] : [[round(side + i * gap), yOf(scales[i].share(value))]],
      );
      return points.length > 1 ? [{ id, points }] : [];
    }),
    top,
    bottom,
  };
}

interface Scale {
  /** Where a value stands, 0 at the bottom to 1 at the top. */
  share: (value: ParallelValue) => number;
  ticks: { share: number; text: string }[];
}

function scaleOf({ log }: ParallelAxis, values: readonly ParallelValue[]): Scale {
  const numbers = values.filter((value) => typeof value === "number");
  return numbers.length === values.length && numbers.length > 0 ? numberScale(log, numbers) : choiceScale(values);
}

function numberScale(log: boolean, values: readonly number[]): Scale {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const [low, high] = [distinct[0], distinct[distinct.length - 1]];
  const place = log ? Math.log : (value: number): number => value;
  // Of a single value, in the middle.
  const share = (value: number): number =>
    high === low ? 0.5 : (place(value) - place(low)) / (place(high) - place(low));
  const whole = distinct.every(Number.isInteger);
  const between = (at: number): number => {
    const value = log ? low * (high / low) ** at : low + at * (high - low);
    return whole ? Math.round(value) : value;
  };
  const marked = distinct.length <= MARKED ? distinct : [0, 1 / 3, 2 / 3, 1].map(between);
  return {
    share: (value) => share(Number(value)),
    ticks: apart(marked.map((value) => ({ share: share(value), text: shortNumber(value) }))),
  };
}

/** Texts and truth values, each at a step of its own, in the order in which they come. */
function choiceScale(values: readonly ParallelValue[]): Scale {
  const names = [...new Set(values.map(String))].sort();
  const share = (value: ParallelValue): number =>
    names.length < 2 ? 0.5 : names.indexOf(String(value)) / (names.length - 1);
  return { share, ticks: names.map((text) => ({ share: share(text), text })) };
}

/** Ticks that lie closer than a line of text are left out, the ends last. */
function apart(ticks: { share: number; text: string }[]): { share: number; text: string }[] {
  const least = 0.07;
  const last = ticks[ticks.length - 1];
  const kept: typeof ticks = [];
  for (const tick of ticks) {
    const before = kept.at(-1);
    if (!before || tick.share - before.share >= least) kept.push(tick);
  }
  if (kept.at(-1) === last) return kept;
  return [...kept.filter(({ share }, i) => i === 0 || last.share - share >= least), last];
}

/** Four digits at most: "0.001", "1e-5", "128", "2.3e+6". */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(4)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
