/** Live curves of one metric: train, smoothed and validation over steps or epochs. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { t } from "../l10n";
import type { PlotTheme } from "../theme";
import { type CurveSet, type Points, type XAxis, align } from "./layout/curves";

export interface CurveChartOptions {
  theme: PlotTheme;
  axis: XAxis;
  /** What stands under an axis of epochs. */
  epoch: string;
  logarithmic: boolean;
  /** px. */
  width: number;
  height: number;
}

export interface CurveChartHandle {
  update(data: CurveSet, options: CurveChartOptions): void;
  dispose(): void;
}

/** Draws into the container. New data redraws in place; a change of theme, axis or scale builds the chart anew. */
export function curveChart(container: HTMLElement, data: CurveSet, options: CurveChartOptions): CurveChartHandle {
  let key = structure(data, options);
  let chart = new uPlot(chartOptions(data, options), aligned(data, options), container);
  return {
    update(next, nextOptions) {
      const nextKey = structure(next, nextOptions);
      if (nextKey === key) {
        if (chart.width !== nextOptions.width) chart.setSize({ width: nextOptions.width, height: nextOptions.height });
        chart.setData(aligned(next, nextOptions));
        return;
      }
      key = nextKey;
      chart.destroy();
      chart = new uPlot(chartOptions(next, nextOptions), aligned(next, nextOptions), container);
    },
    dispose: () => chart.destroy(),
  };
}

/** What cannot be changed in a chart that stands. */
function structure({ metric, smoothed }: CurveSet, { theme, axis, logarithmic }: CurveChartOptions): string {
  return JSON.stringify([metric, smoothed !== undefined, axis, logarithmic, theme]);
}

function parts({ train, smoothed, validation }: CurveSet): Points[] {
  return smoothed ? [train, smoothed, validation] : [train, validation];
}

function aligned(data: CurveSet, { logarithmic }: CurveChartOptions): uPlot.AlignedData {
  const { x, y } = align(parts(data));
  // A logarithm has no place for 0 and below.
  const drawn = logarithmic
    ? y.map((row) => row.map((value) => (typeof value === "number" && value <= 0 ? null : value)))
    : y;
  return [x, ...drawn];
}

function chartOptions(
  data: CurveSet,
  { theme, axis, epoch, logarithmic, width, height }: CurveChartOptions,
): uPlot.Options {
  // Blue and yellow: VS Code draws its orange half transparent, and red means trouble.
  const [first, , , second] = theme.series;
  // High contrast's border colour is for borders: as a grid it would drown the curves.
  const grid = theme.kind.startsWith("high-contrast") ? fade(theme.grid) : theme.grid;
  const font = `${theme.fontSize - 1}px ${theme.fontFamily}`;
  const line = {
    font,
    stroke: theme.muted,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
  };
  const value = (_chart: uPlot, raw: number | null): string => (raw === null ? "–" : raw.toPrecision(4));
  // Without a filter of our own, points between gaps are marked all the same.
  const points = { size: 6, fill: theme.background, filter: () => null };
  const curve = (label: string, stroke: string, extra: Partial<uPlot.Series> = {}): uPlot.Series => ({
    label,
    stroke,
    width: 2,
    spanGaps: false,
    value,
    points: { ...points, show: axis === "epoch" ? isSparse : false, stroke },
    ...extra,
  });
  return {
    width,
    height,
    cursor: { points: { size: 6 }, y: false },
    legend: { live: true },
    scales: { x: { time: false }, y: { distr: logarithmic ? 3 : 1 } },
    axes: [
      { ...line, size: 28, space: 60, incrs: WHOLE_STEPS },
      {
        ...line,
        size: 56,
        values: (_chart, ticks) => ticks.map((tick: number | null) => (tick === null ? "" : shorten(tick))),
      },
    ],
    series: [
      {
        label: axis === "epoch" ? epoch : t("step"),
        value: (_chart, raw: number | null) => (raw === null ? "–" : String(raw)),
      },
      ...(data.smoothed
        ? [curve(t("train"), fade(first), { width: 1 }), curve(t("train, smoothed"), first)]
        : [curve(t("train"), first, axis === "batch" ? { width: 1.5 } : {})]),
      // Epochs lie far apart on the steps' axis: their points are joined over what lies between.
      curve(t("validation"), second, {
        spanGaps: true,
        dash: [6, 3],
        points: { ...points, show: isSparse, stroke: second },
      }),
    ],
  };
}

/** Points are marked while they can be told apart. */
function isSparse(chart: uPlot, series: number): boolean {
  const values = Array.from<number | null | undefined>(chart.data[series]);
  return values.filter((value) => typeof value === "number").length <= 40;
}

/** Epochs and steps are counted: no tick between two. */
const WHOLE_STEPS = Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

function shorten(tick: number): string {
  return Math.abs(tick) >= 1e4 || (tick !== 0 && Math.abs(tick) < 1e-3)
    ? tick.toExponential(0)
    : String(Number(tick.toPrecision(6)));
}

/** The colour at about a third of its strength; theme colours are hexadecimal or any other CSS colour. */
function fade(colour: string): string {
  return `color-mix(in srgb, ${colour} 35%, transparent)`;
}
