/**
 * Geometry of the force plot of one sample, with the meaning that `shap.force_plot` gives it: what pushes f(x) up lies left
 * of it and points right, what pushes it down lies right of it and points left, the largest next to f(x). The bar runs
 * from base - down to base + up, and f(x) = base + up - down stands where the two colours meet.
 */
import { scaleLinear } from "d3-scale";
import { axisTicks, inverseLink, type Link, type Tick } from "./link";
import { formatNumber, type NumberStyle, withoutNoise } from "./numbers";
import { fitText, type MeasureText } from "./text";

export interface ForceInput {
  baseValue: number;
  /** Finite; one for each feature. */
  effects: ArrayLike<number>;
  /** What is written under an arrow: "age = 42". */
  label: (feature: number) => string;
}

export interface ForceOptions {
  /** px */
  width: number;
  fontSize: number;
  link: Link;
  numberStyle: NumberStyle;
  measure: MeasureText;
  words: ForceWords;
}

/** What stands beside the base value, f(x) and either side of f(x). */
export interface ForceWords {
  base: string;
  output: string;
  higher: string;
  lower: string;
}

export type Direction = "up" | "down";

/** One arrow, or several that are too thin to be told apart. */
export interface ForceSegment {
  direction: Direction;
  /** Largest first. */
  features: readonly number[];
  /** Sum of their SHAP values. */
  effect: number;
  /** px, x0 < x1. */
  x0: number;
  x1: number;
}

export interface ForceLabel {
  feature: number;
  direction: Direction;
  text: string;
  /** px; the text is centred between them. */
  x0: number;
  x1: number;
  segment: ForceSegment;
}

interface Mark {
  x: number;
  /** Centre of the text, kept within the edges. */
  textX: number;
  text: string;
}

export interface ForceLayout {
  width: number;
  height: number;
  /** Left to right. */
  segments: readonly ForceSegment[];
  labels: readonly ForceLabel[];
  ticks: readonly Tick[];
  base: Mark;
  output: Mark;
  /** "higher" and "lower" either side of f(x); their x is where the text ends and starts. */
  legend: { higherEnd: number; lowerStart: number; y: number };
  /** Sums of the effects that push up and down, both positive. */
  up: number;
  down: number;
  /** px of each row. */
  y: { base: number; output: number; ticks: number; barTop: number; barBottom: number; labels: number };
}

/** An arrow thinner than this is drawn together with its thinner neighbours, px. */
const THINNEST = 3;
const MARGIN = 8;

/** Lays one sample out in `width` px; the height follows from the font. */
export function forceLayout(input: ForceInput, options: ForceOptions): ForceLayout {
  const { width, fontSize, link, measure } = options;
  const effects = Array.from(input.effects);
  const ups = indicesWhere(effects, (e) => e > 0).sort((a, b) => effects[b] - effects[a]);
  const downs = indicesWhere(effects, (e) => e < 0).sort((a, b) => effects[a] - effects[b]);
  const up = ups.reduce((sum, i) => sum + effects[i], 0);
  const down = -downs.reduce((sum, i) => sum + effects[i], 0);
  const output = input.baseValue + up - down;

  const span = up + down || Math.abs(input.baseValue) || 1;
  const domain: [number, number] = [input.baseValue - down - span * 0.06, input.baseValue + up + span * 0.06];
  const scale = scaleLinear(domain, [MARGIN, width - MARGIN]);
  const outputX = scale(output);
  const pixels = (width - 2 * MARGIN) / (domain[1] - domain[0]);

  const segments = [
    ...arrows(ups, effects, outputX, pixels, "up").reverse(),
    ...arrows(downs, effects, outputX, pixels, "down"),
  ];
  const labels = placeLabels(segments, outputX, input.label, options);

  const row = fontSize * 1.5;
  const y = {
    base: fontSize + 4,
    output: fontSize + 4 + row,
    ticks: fontSize + 4 + row * 2,
    barTop: fontSize + 12 + row * 2,
    barBottom: fontSize * 3 + 12 + row * 2,
    labels: fontSize * 3 + 24 + row * 3,
  };
  const number = (value: number): string =>
    formatNumber(inverseLink(link, withoutNoise(value, up + down)), options.numberStyle);
  const mark = (value: number, word: string, reserve: number): Mark => {
    const text = `${word} = ${number(value)}`;
    const half = measure(text, fontSize) / 2 + reserve;
    const x = scale(value);
    return { x, text, textX: clamp(x, MARGIN + half, width - MARGIN - half) };
  };
  const words = options.words;
  const side = fontSize + Math.max(measure(words.higher, fontSize), measure(words.lower, fontSize));
  const outputMark = mark(output, words.output, 0);
  const group = mark(output, words.output, side);
  const halfText = measure(outputMark.text, fontSize) / 2;
  const fits = 2 * (halfText + side) <= width - 2 * MARGIN;
  const outputAt = fits ? group : outputMark;
  const lowest = labels.length > 0 ? y.labels : y.barBottom + fontSize * 0.4;
  const height = lowest + fontSize * (fits ? 0.8 : 2.4);

  return {
    width,
    height,
    segments,
    labels,
    up,
    down,
    y,
    base: mark(input.baseValue, words.base, 0),
    output: outputAt,
    // The lines of f(x) and the base value go through the row of ticks: no text stands in their way.
    ticks: axisTicks({
      link,
      domain,
      range: [MARGIN, width - MARGIN],
      gap: fontSize,
      numberStyle: options.numberStyle,
      fontSize: fontSize * 0.9,
      measure,
      limits: [2, width - 2],
    }).filter((tick) =>
      [output, input.baseValue].every(
        (value) => Math.abs(scale(value) - tick.position) > measure(tick.text, fontSize * 0.9) / 2 + 3,
      ),
    ),
    legend: fits
      ? {
          higherEnd: outputAt.textX - halfText - fontSize,
          lowerStart: outputAt.textX + halfText + fontSize,
          y: y.output,
        }
      : { higherEnd: width / 2 - fontSize / 2, lowerStart: width / 2 + fontSize / 2, y: height - fontSize * 0.6 },
  };
}

/** Arrows from f(x) outwards, largest first; the thin tail becomes one. */
function arrows(
  sorted: readonly number[],
  effects: readonly number[],
  start: number,
  pixels: number,
  direction: Direction,
): ForceSegment[] {
  const sign = direction === "up" ? -1 : 1;
  const firstThin = sorted.findIndex((i) => Math.abs(effects[i]) * pixels < THINNEST);
  const thick = firstThin < 0 ? sorted : sorted.slice(0, firstThin);
  const groups = thick.map((i) => [i]);
  if (firstThin >= 0) groups.push(sorted.slice(firstThin));
  let x = start;
  return groups.map((features) => {
    const effect = features.reduce((sum, i) => sum + effects[i], 0);
    const end = x + sign * Math.abs(effect) * pixels;
    const segment = { direction, features, effect, x0: Math.min(x, end), x1: Math.max(x, end) };
    x = end;
    return segment;
  });
}

/** Labels for the largest arrows, from f(x) outwards, as long as there is room. */
function placeLabels(
  segments: readonly ForceSegment[],
  outputX: number,
  label: ForceInput["label"],
  { width, fontSize, measure }: ForceOptions,
): ForceLabel[] {
  const gap = fontSize * 0.9;
  const place = (direction: Direction): ForceLabel[] => {
    const own = segments.filter((s) => s.direction === direction);
    if (direction === "up") own.reverse();
    const room = direction === "up" ? outputX - MARGIN : width - MARGIN - outputX;
    // Mirrored for "up", so that the walk always goes to the right from 0.
    let from = gap / 2;
    const placed: ForceLabel[] = [];
    for (const segment of own) {
      if (segment.features.length > 1 || segment.x1 - segment.x0 < fontSize / 2) break;
      const longest = Math.min(room - from, Math.max(width * 0.4, segment.x1 - segment.x0));
      const text = fitText(label(segment.features[0]), longest, fontSize, measure);
      const size = measure(text, fontSize);
      if (text === "" || (text.endsWith("…") && size < fontSize * 8)) break;
      const middle = (segment.x0 + segment.x1) / 2;
      const wished = (direction === "up" ? outputX - middle : middle - outputX) - size / 2;
      const at = Math.min(Math.max(from, wished), room - size);
      const x0 = direction === "up" ? outputX - at - size : outputX + at;
      placed.push({ feature: segment.features[0], direction, text, x0, x1: x0 + size, segment });
      from = at + size + gap;
    }
    return placed;
  };
  return [...place("up").reverse(), ...place("down")];
}

/** The arrow at a horizontal position, or undefined beside the bar. */
export function segmentAt(layout: ForceLayout, x: number): ForceSegment | undefined {
  return layout.segments.find((s) => x >= s.x0 && x < s.x1);
}

function indicesWhere(values: readonly number[], keep: (value: number) => boolean): number[] {
  return values.flatMap((value, i) => (keep(value) ? [i] : []));
}

function clamp(value: number, low: number, high: number): number {
  return high < low ? (low + high) / 2 : Math.min(high, Math.max(low, value));
}
