/** The force plot of one sample: arrows that push from the base value to f(x). */
import type { JSX } from "preact";
import type { PlotTheme } from "../theme";
import { type Direction, type ForceLayout, type ForceSegment, type ForceWords, segmentAt } from "./layout/force";
import { Frame, Halo, linePath, mix, xmlText } from "./svg";

export interface ForcePlotProps {
  layout: ForceLayout;
  theme: PlotTheme;
  summary: string;
  words: Pick<ForceWords, "higher" | "lower">;
  /** What is said of a segment: in a tooltip of the file, where there is no other. */
  describe: (segment: ForceSegment) => string;
  hovered?: ForceSegment | undefined;
  onHover?: (segment: ForceSegment | undefined, at: { x: number; y: number }) => void;
}

/** px by which an arrow's point stands out. */
const POINT = 5;

/** Draws a layout. Without `onHover` the picture explains itself by `<title>` elements. */
export function ForcePlot(props: ForcePlotProps): JSX.Element {
  const { layout, theme, onHover, hovered, describe } = props;
  const { y } = layout;
  const small = theme.fontSize * 0.9;
  const color = (direction: Direction): string => (direction === "up" ? theme.positive : theme.negative);
  const outline = theme.kind.startsWith("high-contrast")
    ? theme.foreground
    : mix(theme.background, theme.foreground, 0.05);
  const events: JSX.SVGAttributes<SVGSVGElement> = onHover
    ? {
        onPointerMove: (event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const at = { x: event.clientX - box.left, y: event.clientY - box.top };
          const label = layout.labels.find((l) => at.y > y.barBottom && at.x >= l.x0 && at.x <= l.x1);
          const onBar = at.y >= y.barTop - 4 && at.y <= y.barBottom + 4;
          onHover(label?.segment ?? (onBar ? segmentAt(layout, at.x) : undefined), at);
        },
        onPointerLeave: () => onHover(undefined, { x: 0, y: 0 }),
      }
    : {};
  return (
    <Frame width={layout.width} height={layout.height} theme={theme} summary={props.summary} events={events}>
      {layout.ticks.map((tick) => (
        <g key={tick.text}>
          <line x1={tick.position} x2={tick.position} y1={y.barTop - 4} y2={y.barTop} stroke={theme.muted} />
          <text x={tick.position} y={y.ticks} font-size={small} text-anchor="middle" fill={theme.muted}>
            {tick.text}
          </text>
        </g>
      ))}
      <line
        x1={layout.base.x}
        x2={layout.base.x}
        y1={y.base + 4}
        y2={y.barBottom + 4}
        stroke={theme.muted}
        stroke-dasharray="3,3"
      />
      <text x={layout.base.textX} y={y.base} text-anchor="middle" fill={theme.muted} font-size={small}>
        {xmlText(layout.base.text)}
      </text>
      {layout.labels.map((label) => (
        <path
          key={label.feature}
          d={linePath([
            [label.segment.x0, y.barBottom],
            [label.segment.x1, y.barBottom],
            [label.x1 + 3, y.labels - theme.fontSize * 1.15],
            [label.x0 - 3, y.labels - theme.fontSize * 1.15],
          ])}
          fill={color(label.direction)}
          opacity={hovered === label.segment ? 0.35 : 0.14}
        />
      ))}
      {layout.segments.map((segment) => (
        <path
          key={segment.features[0]}
          d={arrow(segment, layout)}
          fill={
            segment.features.length > 1
              ? mix(theme.background, color(segment.direction), 0.65)
              : color(segment.direction)
          }
          stroke={hovered === segment ? theme.foreground : outline}
          stroke-width={hovered === segment ? 2 : 1}
          stroke-linejoin="round"
        >
          {onHover ? null : <title>{xmlText(describe(segment))}</title>}
        </path>
      ))}
      <line
        x1={layout.output.x}
        x2={layout.output.x}
        y1={y.output + 4}
        y2={y.barBottom + 4}
        stroke={theme.foreground}
      />
      <Halo
        theme={theme}
        x={layout.output.textX}
        y={y.output}
        text-anchor="middle"
        fill={theme.foreground}
        font-weight="600"
      >
        {layout.output.text}
      </Halo>
      <Halo theme={theme} x={layout.legend.higherEnd} y={layout.legend.y} text-anchor="end" fill={theme.positive}>
        {props.words.higher}
      </Halo>
      <Halo theme={theme} x={layout.legend.lowerStart} y={layout.legend.y} text-anchor="start" fill={theme.negative}>
        {props.words.lower}
      </Halo>
      {layout.labels.map((label) => (
        <text
          key={label.feature}
          x={(label.x0 + label.x1) / 2}
          y={y.labels}
          text-anchor="middle"
          fill={theme.kind.startsWith("high-contrast") ? theme.foreground : color(label.direction)}
        >
          {xmlText(label.text)}
        </text>
      ))}
    </Frame>
  );
}

/** A block with a notch at its tail and a point at its head; at f(x) both colours meet in a straight line. */
function arrow(segment: ForceSegment, layout: ForceLayout): string {
  const { barTop: top, barBottom: bottom } = layout.y;
  const middle = (top + bottom) / 2;
  const { x0, x1, direction } = segment;
  const first = layout.segments[0] === segment;
  const last = layout.segments[layout.segments.length - 1] === segment;
  const meetsOutput = (x: number): boolean => Math.abs(x - layout.output.x) < 1e-6;
  const bend = direction === "up" ? POINT : -POINT;
  const left = meetsOutput(x0) && direction === "down" ? 0 : first && direction === "down" ? 0 : bend;
  const right = meetsOutput(x1) && direction === "up" ? 0 : last && direction === "up" ? 0 : bend;
  return `${linePath([
    [x0, top],
    [x1, top],
    [x1 + right, middle],
    [x1, bottom],
    [x0, bottom],
    [x0 + left, middle],
  ])}Z`;
}
