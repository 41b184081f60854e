/** Where the words of the stacked force plot go: names inside areas, the samples' axis, and the crosshair. */
import { scaleLinear } from "d3-scale";
import { formatNumber } from "./numbers";
import type { OrderedSamples } from "./order";
import type { StackedBand, StackedColumn, StackedLayout } from "./stacked";
import { fitText, type MeasureText } from "./text";

interface TextOptions {
  fontSize: number;
  measure: MeasureText;
}

export interface BandLabel {
  /** Centre, px. */
  x: number;
  y: number;
  text: string;
  direction: StackedBand["direction"];
}

/** A feature's name in its area, where the area is high and long enough to hold it. Areas of several features have none. */
export function bandLabels(
  bands: readonly StackedBand[],
  columns: readonly StackedColumn[],
  name: (feature: number) => string,
  { fontSize, measure }: TextOptions,
): BandLabel[] {
  return bands.flatMap((band) => {
    if (band.features.length !== 1) return [];
    const full = name(band.features[0]);
    for (const longest of LABEL_WIDTHS) {
      const text = fitText(full, fontSize * longest, fontSize, measure);
      const place =
        text === "" ? undefined : widestPlace(band, columns, measure(text, fontSize) + fontSize, fontSize * 1.3);
      if (place) return [{ ...place, text, direction: band.direction }];
    }
    return [];
  });
}

/** Longest names tried, in em: cut short rather than left out. */
const LABEL_WIDTHS = [14, 9, 6];

/** The centre of the highest box of a width inside a band, where one is at least `height` high. */
function widestPlace(
  band: StackedBand,
  columns: readonly StackedColumn[],
  width: number,
  height: number,
): { x: number; y: number } | undefined {
  let best: { x: number; y: number } | undefined;
  let room = height;
  for (let start = 0; start < columns.length; start++) {
    let lowestTop = -Infinity;
    let highestBottom = Infinity;
    let end = start;
    for (; end < columns.length; end++) {
      lowestTop = Math.max(lowestTop, band.top[end]);
      highestBottom = Math.min(highestBottom, band.bottom[end]);
      if (highestBottom - lowestTop < room || columns[end].x - columns[start].x >= width) break;
    }
    if (end === columns.length || highestBottom - lowestTop < room) continue;
    room = highestBottom - lowestTop + 1;
    best = { x: (columns[start].x + columns[end].x) / 2, y: (lowestTop + highestBottom) / 2 };
  }
  return best;
}

/** Ticks of the samples' axis: ranks, a feature's values, or the first sample of each category. */
export function sampleTicks(
  ordered: OrderedSamples,
  columns: readonly StackedColumn[],
  [left, right]: readonly [number, number],
  { fontSize, measure, width }: TextOptions & { width: number },
): { x: number; text: string }[] {
  const { positions, axis } = ordered;
  if (columns.length === 0) return [];
  const last = positions[positions.length - 1];
  const scale = scaleLinear([positions[0], last === positions[0] ? last + 1 : last], [left, right]);
  const wanted = Math.max(2, Math.min(12, Math.floor((right - left) / (fontSize * 5))));
  const candidates =
    axis.kind === "category"
      ? axis.names.flatMap((name, i) => (name === axis.names[i - 1] ? [] : [{ x: scale(i), text: name }]))
      : scale
          .ticks(wanted)
          .filter((value) => axis.kind === "value" || Number.isInteger(value))
          .map((value) => ({ x: scale(value), text: formatNumber(value) }));
  let free = 0;
  return candidates.filter(({ x, text }) => {
    const half = measure(text, fontSize) / 2;
    if (x - half < free || x + half > width) return false;
    free = x + half + fontSize / 2;
    return true;
  });
}

/** One line of the crosshair: a feature at the hovered column. */
export interface CrosshairEntry {
  features: readonly number[];
  direction: StackedBand["direction"];
  /** Centre of the area, px. */
  y: number;
}

/** What of a column is thick enough to be named: the thickest first, no two texts closer than a line, top to bottom. */
export function crosshairEntries(layout: StackedLayout, column: number, lineHeight: number): CrosshairEntry[] {
  const candidates = layout.bands
    .map((band) => ({
      features: band.features,
      direction: band.direction,
      y: (band.top[column] + band.bottom[column]) / 2,
      size: band.bottom[column] - band.top[column],
    }))
    .filter((entry) => entry.size >= lineHeight * 0.4)
    .sort((a, b) => b.size - a.size);
  const chosen: CrosshairEntry[] = [];
  for (const { size: _size, ...entry } of candidates) {
    const clear = Math.abs(entry.y - layout.outputY[column]) >= lineHeight;
    if (clear && chosen.every((other) => Math.abs(other.y - entry.y) >= lineHeight)) chosen.push(entry);
  }
  return chosen.sort((a, b) => a.y - b.y);
}
