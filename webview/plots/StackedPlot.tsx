/** The force plot of many samples: each one upright, side by side. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { PlotTheme } from "../theme";
import { columnAt, type StackedBand, type StackedLayout } from "./layout/stacked";
import { type CrosshairEntry, crosshairEntries } from "./layout/stackedText";
import { fitText, type MeasureText } from "./layout/text";
import { Frame, linePath, mix, readableOn, round, xmlText } from "./svg";

export interface StackedPlotProps {
  layout: StackedLayout;
  theme: PlotTheme;
  summary: string;
  /** Over the axis of f(x), and under that of the samples. */
  yTitle: string;
  xTitle: string;
  /** Column under the crosshair. */
  hovered?: number | undefined;
  onHover?: (column: number | undefined) => void;
  /** A click, which opens the column's sample. */
  onOpen?: (column: number) => void;
  /** The crosshair's texts. */
  outputText: (column: number) => string;
  entryText: (column: number, entry: CrosshairEntry) => string;
  measure: MeasureText;
}

/** Draws a layout; with `onHover` a crosshair follows the pointer. */
export function StackedPlot(props: StackedPlotProps): JSX.Element {
  const { layout, theme, onHover, onOpen, hovered } = props;
  const { plot, columns } = layout;
  const small = theme.fontSize * 0.9;
  const gridOpacity = theme.kind.startsWith("high-contrast") ? 0.25 : 0.6;
  const at = (event: { currentTarget: Element; clientX: number }): number | undefined =>
    columnAt(layout, event.clientX - event.currentTarget.getBoundingClientRect().left);
  // Thousands of points: made again when the layout changes, not when the pointer moves.
  const body = useMemo(() => <Areas layout={layout} theme={theme} />, [layout, theme]);
  const events: JSX.SVGAttributes<SVGSVGElement> = {
    ...(onHover ? { onPointerMove: (event) => onHover(at(event)), onPointerLeave: () => onHover(undefined) } : {}),
    ...(onOpen
      ? {
          onClick: (event) => {
            const column = at(event);
            if (column !== undefined) onOpen(column);
          },
        }
      : {}),
  };
  return (
    <Frame width={layout.width} height={layout.height} theme={theme} summary={props.summary} events={events}>
      {layout.yTicks.map((tick) => (
        <g key={tick.text}>
          <line
            x1={plot.left}
            x2={plot.right}
            y1={tick.position}
            y2={tick.position}
            stroke={theme.grid}
            opacity={gridOpacity}
          />
          <text
            x={plot.left - 6}
            y={round(tick.position + small * 0.35)}
            text-anchor="end"
            font-size={small}
            fill={theme.muted}
          >
            {tick.text}
          </text>
        </g>
      ))}
      {body}
      {(hovered === undefined ? layout.labels : []).map((label) => (
        <text
          key={`${label.direction}${label.text}`}
          x={round(label.x)}
          y={round(label.y + theme.fontSize * 0.35)}
          text-anchor="middle"
          fill={readableOn(label.direction === "up" ? theme.positive : theme.negative)}
          pointer-events="none"
        >
          {xmlText(label.text)}
        </text>
      ))}
      <line x1={plot.left} x2={plot.right} y1={plot.bottom} y2={plot.bottom} stroke={theme.muted} />
      {layout.xTicks.map((tick) => (
        <g key={tick.x}>
          <line x1={round(tick.x)} x2={round(tick.x)} y1={plot.bottom} y2={plot.bottom + 4} stroke={theme.muted} />
          <text
            x={round(tick.x)}
            y={plot.bottom + theme.fontSize + 4}
            text-anchor="middle"
            font-size={small}
            fill={theme.muted}
          >
            {xmlText(tick.text)}
          </text>
        </g>
      ))}
      <text x={plot.left} y={theme.fontSize} font-size={small} fill={theme.muted}>
        {xmlText(fitText(props.yTitle, plot.right - plot.left, small, props.measure))}
      </text>
      <text x={plot.right} y={layout.height - 5} text-anchor="end" font-size={small} fill={theme.muted}>
        {xmlText(fitText(props.xTitle, plot.right, small, props.measure))}
      </text>
      {hovered === undefined || hovered >= columns.length ? null : <Crosshair {...props} column={hovered} />}
    </Frame>
  );
}

/** The areas, their dividers, the base value and the line of f(x). */
function Areas({ layout, theme }: Pick<StackedPlotProps, "layout" | "theme">): JSX.Element {
  const { plot, columns } = layout;
  const line = linePath(columns.map((column, c) => [column.x, layout.outputY[c]]));
  return (
    <g>
      {layout.bands.map((band) => (
        <path key={`${band.direction}${band.features[0]}`} d={area(band, layout)} fill={bandColor(band, theme)} />
      ))}
      {layout.bands.map((band) => (
        <path
          key={`${band.direction}${band.features[0]}`}
          d={linePath(columns.map(({ x }, c) => [x, band.direction === "up" ? band.top[c] : band.bottom[c]]))}
          fill="none"
          stroke={mix(bandColor(band, theme), theme.background, 0.55)}
          stroke-width={0.75}
        />
      ))}
      <line
        x1={plot.left}
        x2={plot.right}
        y1={layout.base.y}
        y2={layout.base.y}
        stroke={theme.foreground}
        stroke-dasharray="4,4"
        opacity={0.7}
      />
      <path d={line} fill="none" stroke={theme.background} stroke-width={3.5} />
      <path d={line} fill="none" stroke={theme.foreground} stroke-width={1.5} />
    </g>
  );
}

/** The line at one sample, its f(x), and the features that count most there. */
function Crosshair(props: StackedPlotProps & { column: number }): JSX.Element {
  const { layout, theme, column } = props;
  const { x } = layout.columns[column];
  const lineHeight = theme.fontSize * 1.5;
  const right = x < (layout.plot.left + layout.plot.right) / 2;
  const y = layout.outputY[column];
  return (
    <g pointer-events="none">
      <line x1={x} x2={x} y1={layout.plot.top} y2={layout.plot.bottom} stroke={theme.background} stroke-width={3} />
      <line x1={x} x2={x} y1={layout.plot.top} y2={layout.plot.bottom} stroke={theme.foreground} stroke-width={1} />
      {crosshairEntries(layout, column, lineHeight).map((entry) => (
        <Plate
          key={`${entry.direction}${entry.features[0]}`}
          {...props}
          right={right}
          x={x}
          y={entry.y}
          mark={entry.direction === "up" ? theme.positive : theme.negative}
          text={props.entryText(column, entry)}
        />
      ))}
      <Plate {...props} right={right} x={x} y={y} mark={theme.foreground} text={props.outputText(column)} strong />
      <circle cx={x} cy={y} r={4} fill={theme.foreground} stroke={theme.background} />
    </g>
  );
}

/** A text on a plate of its own, beside the crosshair, marked with the colour of what it names. */
function Plate({
  theme,
  measure,
  right,
  x,
  y,
  mark,
  text,
  strong,
  layout,
}: StackedPlotProps & {
  right: boolean;
  x: number;
  y: number;
  mark: string;
  text: string;
  strong?: boolean;
}): JSX.Element {
  const size = theme.fontSize;
  const room = (right ? layout.plot.right - x : x - layout.plot.left) - size * 2;
  const shown = fitText(xmlText(text), Math.max(room, size * 8), size, measure);
  // Bold is a little wider than what is measured.
  const width = measure(shown, size) * (strong ? 1.08 : 1) + size * 1.5;
  const left = right ? x + 8 : x - 8 - width;
  return (
    <g>
      <rect
        x={round(left)}
        y={round(y - size * 0.72)}
        width={round(width)}
        height={round(size * 1.44)}
        rx={2}
        fill={theme.background}
        opacity={0.92}
      />
      <rect x={round(left)} y={round(y - size * 0.72)} width={4} height={round(size * 1.44)} fill={mark} />
      <text
        x={round(left + size * 0.9)}
        y={round(y + size * 0.35)}
        fill={theme.foreground}
        {...(strong ? { "font-weight": "600" } : {})}
      >
        {shown}
      </text>
    </g>
  );
}

function bandColor(band: StackedBand, theme: PlotTheme): string {
  const color = band.direction === "up" ? theme.positive : theme.negative;
  return band.features.length > 1 ? mix(theme.background, color, 0.6) : color;
}

function area(band: StackedBand, { columns }: StackedLayout): string {
  const upper = columns.map(({ x }, c) => [x, band.top[c]] as const);
  const lower = columns.map(({ x }, c) => [x, band.bottom[c]] as const).reverse();
  return `${linePath([...upper, ...lower])}Z`;
}
