/** Predicted against true quantities: a point an example. */
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Predictions } from "../../src/protocol/regression";
import { useMeasure, useTheme, useWidth } from "../controls/hooks";
import { sentences, t } from "../l10n";
import { type PredictionLayout, nearestPoint, predictionLayout } from "../plots/layout/predictions";
import { formatNumber } from "../plots/layout/numbers";

/** px: larger says no more, smaller cannot be read. */
const LARGEST = 420;
const SMALLEST = 220;

export function PredictionPlot({ predictions }: { predictions: Predictions }): JSX.Element {
  const { name, truth, predicted, rows } = predictions;
  const container = useRef<HTMLDivElement>(null);
  const available = useWidth(container);
  const theme = useTheme();
  const measure = useMeasure(theme);
  /** Of the points, by the true value ascending. */
  const [chosen, setChosen] = useState<number>();
  const width = Math.min(LARGEST, Math.max(SMALLEST, available));
  const { fontSize } = theme;
  const layout = useMemo(
    () => predictionLayout(truth, predicted, { width, height: width, fontSize, measure }),
    [truth, predicted, width, fontSize, measure],
  );
  const caption =
    rows > truth.length
      ? t("Predicted against true “{0}”: {1} of {2} examples", name, truth.length, rows)
      : t("Predicted against true “{0}”: {1} examples", name, rows);
  const point = chosen === undefined ? undefined : layout.points[chosen];
  const choose = (event: MouseEvent): void => {
    const { left, top } = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
    setChosen(nearestPoint(layout, event.clientX - left, event.clientY - top));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = movedPoint(chosen, event.key, layout.points.length);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
  };
  return (
    <div class="predictions" ref={container}>
      <p class="caption">{caption}</p>
      <svg
        width={width}
        height={width}
        role="img"
        tabindex={0}
        aria-label={sentences(`${caption}.`, t("Arrow keys go from point to point."))}
        font-size={fontSize}
        onMouseMove={choose}
        onMouseLeave={() => setChosen(undefined)}
        onKeyDown={onKeyDown}
      >
        <Axes layout={layout} width={width} fontSize={fontSize} color={theme.muted} grid={theme.grid} />
        {layout.points.map(({ row, x, y }) => (
          <circle key={row} cx={x} cy={y} r={3} fill={theme.series[0]} fill-opacity={0.55} />
        ))}
        {point ? (
          <g>
            {/* How far off it is: straight up or down to the diagonal. */}
            <line x1={point.x} x2={point.x} y1={point.y} y2={onDiagonal(layout, point.x)} stroke={theme.foreground} />
            <circle cx={point.x} cy={point.y} r={5} fill={theme.series[0]} stroke={theme.foreground} stroke-width={2} />
          </g>
        ) : null}
      </svg>
      <p class="note" aria-live="polite">
        {point
          ? pointSentence(truth[point.row], predicted[point.row])
          : t("What is right lies on the dashed line. Point at an example to read it.")}
      </p>
    </div>
  );
}

interface AxesProps {
  layout: PredictionLayout;
  width: number;
  fontSize: number;
  color: string;
  grid: string;
}

function Axes({ layout, width, fontSize, color, grid }: AxesProps): JSX.Element {
  const { plot, xTicks, yTicks, diagonal } = layout;
  const middle = (plot.top + plot.bottom) / 2;
  return (
    <g fill={color} aria-hidden="true">
      {xTicks.map(({ position, text }) => (
        <g key={`x ${text}`}>
          <line x1={position} x2={position} y1={plot.top} y2={plot.bottom} stroke={grid} stroke-opacity={0.6} />
          <text x={position} y={plot.bottom + 1.3 * fontSize} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
      {yTicks.map(({ position, text }) => (
        <g key={`y ${text}`}>
          <line x1={plot.left} x2={plot.right} y1={position} y2={position} stroke={grid} stroke-opacity={0.6} />
          <text x={plot.left - fontSize / 2} y={position} dominant-baseline="central" text-anchor="end">
            {text}
          </text>
        </g>
      ))}
      <line {...diagonal} stroke={color} stroke-dasharray="5 4" />
      <text x={(plot.left + plot.right) / 2} y={width - fontSize * 0.7} text-anchor="middle">
        {t("True value")}
      </text>
      <text transform={`translate(${fontSize} ${middle}) rotate(-90)`} text-anchor="middle">
        {t("Predicted value")}
      </text>
    </g>
  );
}

function onDiagonal({ diagonal: { x1, x2, y1, y2 } }: PredictionLayout, x: number): number {
  return y1 + ((x - x1) / (x2 - x1)) * (y2 - y1);
}

function pointSentence(truth: number, predicted: number): string {
  const [is, said, off] = [truth, predicted, Math.abs(predicted - truth)].map((value) => formatNumber(value));
  if (predicted === truth) return t("True {0}, predicted {1}.", is, said);
  return predicted > truth
    ? t("True {0}, predicted {1}: too high by {2}.", is, said, off)
    : t("True {0}, predicted {1}: too low by {2}.", is, said, off);
}

/** Where a key leads among `count` points; undefined for a key that leads nowhere. */
export function movedPoint(chosen: number | undefined, key: string, count: number): number | undefined {
  if (count === 0) return undefined;
  const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
  if (step !== undefined) return Math.min(count - 1, Math.max(0, (chosen ?? (step > 0 ? -1 : count)) + step));
  return key === "Home" ? 0 : key === "End" ? count - 1 : undefined;
}
