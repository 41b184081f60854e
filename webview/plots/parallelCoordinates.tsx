/** Parallel coordinates: an axis a hyperparameter and one for the result, a line a trial. */
import { type JSX, render } from "preact";
import type { PlotTheme } from "../theme";
import { type ParallelAxis, type ParallelLayout, type ParallelLine, parallelLayout } from "./layout/parallel";

/** A trial's line; lines come with the best first. */
export interface ParallelTrial extends ParallelLine {
  /** How good it is, 0 to 1; undefined while nobody knows. */
  merit: number | undefined;
  /** It was not trained to its end. */
  broken: boolean;
  /** What is read out. */
  label: string;
}

export interface ParallelData {
  axes: readonly ParallelAxis[];
  lines: readonly ParallelTrial[];
}

export interface ParallelOptions {
  theme: PlotTheme;
  /** Of the whole plot, for those who hear it. */
  label: string;
  /** px. */
  width: number;
  height: number;
  /** The line that stands out. */
  highlighted: string | undefined;
  onHighlight: (id: string | undefined) => void;
  onOpen: (id: string) => void;
}

export interface ParallelHandle {
  update(data: ParallelData, options: ParallelOptions): void;
  dispose(): void;
}

/** Axes closer than this cannot be read, px: the plot grows wider than its container, which scrolls. */
const LEAST_GAP = 96;
const SIDE = 68;
/** Two rows of names: neighbours' stand one above the other. */
const TOP = 50;

/** Draws into the container. */
export function parallelCoordinates(
  container: HTMLElement,
  data: ParallelData,
  options: ParallelOptions,
): ParallelHandle {
  const draw = (next: ParallelData, nextOptions: ParallelOptions): void =>
    render(<Plot data={next} options={nextOptions} />, container);
  draw(data, options);
  return { update: draw, dispose: () => render(null, container) };
}

function Plot({ data, options }: { data: ParallelData; options: ParallelOptions }): JSX.Element {
  const { theme, label, height, highlighted, onHighlight } = options;
  const width = Math.max(options.width, 2 * SIDE + LEAST_GAP * (data.axes.length - 1));
  const layout = parallelLayout(data.axes, data.lines, { width, height, top: TOP, side: SIDE });
  const trials = new Map(data.lines.map((line) => [line.id, line]));
  // In the order of their ids: one that moved among the others would lose the focus.
  const ordered = [...layout.lines].sort((a, b) => (a.id < b.id ? -1 : 1));
  const above = layout.lines.find(({ id }) => id === highlighted) ?? layout.lines[0];
  return (
    <svg
      width={width}
      height={height}
      role="group"
      aria-label={label}
      font-size={theme.fontSize}
      onMouseLeave={() => onHighlight(undefined)}
      onKeyDown={(event) => moveFocus(event, layout, onHighlight)}
    >
      <Axes layout={layout} theme={theme} />
      {ordered.map((line) => {
        const trial = trials.get(line.id);
        return trial ? (
          <Line key={line.id} line={line} trial={trial} options={options} stop={line.id === above.id} />
        ) : null;
      })}
      {above ? <Above line={above} trial={trials.get(above.id)} options={options} /> : null}
      <Ticks layout={layout} theme={theme} />
    </svg>
  );
}

function Axes({ layout: { axes, top, bottom }, theme }: { layout: ParallelLayout; theme: PlotTheme }): JSX.Element {
  return (
    <g>
      {axes.map(({ name, x }, i) => (
        <g key={name}>
          <line x1={x} x2={x} y1={top} y2={bottom} stroke={theme.muted} stroke-width={1} />
          <text
            x={x}
            y={i % 2 === 0 ? top - 30 : top - 13}
            text-anchor="middle"
            font-weight={600}
            fill={theme.foreground}
          >
            {name}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Above the lines, each on a ground of its own: a number that is crossed out cannot be read. */
function Ticks({ layout: { axes }, theme }: { layout: ParallelLayout; theme: PlotTheme }): JSX.Element {
  return (
    <g pointer-events="none" font-size={theme.fontSize - 1}>
      {axes.map(({ name, x, ticks }, i) =>
        ticks.map(({ y, text }) => (
          <g key={`${name} ${y}`}>
            <line x1={x - 3} x2={x + 3} y1={y} y2={y} stroke={theme.muted} />
            <text
              x={i === axes.length - 1 ? x + 7 : x - 7}
              y={y}
              dominant-baseline="central"
              text-anchor={i === axes.length - 1 ? "start" : "end"}
              fill={theme.foreground}
              stroke={theme.background}
              stroke-width={3}
              paint-order="stroke"
            >
              {text}
            </text>
          </g>
        )),
      )}
    </g>
  );
}

interface LineProps {
  line: ParallelLayout["lines"][number];
  trial: ParallelTrial;
  options: ParallelOptions;
  /** The one line that the Tab key stops at; the arrow keys go on from there. */
  stop: boolean;
}

function Line({ line, trial, options, stop }: LineProps): JSX.Element {
  const { theme, highlighted, onHighlight, onOpen } = options;
  const { id } = line;
  const points = pointsOf(line);
  return (
    <g
      data-line={id}
      tabindex={stop ? 0 : -1}
      role="button"
      aria-label={trial.label}
      style={{ cursor: "pointer", outline: "none" }}
      onMouseEnter={() => onHighlight(id)}
      onFocus={() => onHighlight(id)}
      onBlur={() => onHighlight(undefined)}
      onClick={() => onOpen(id)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onOpen(id);
      }}
    >
      <polyline points={points} fill="none" stroke="transparent" stroke-width={12} />
      <polyline
        points={points}
        fill="none"
        stroke={colourOf(trial.merit, theme)}
        stroke-width={1.5}
        stroke-dasharray={trial.broken ? "5 4" : undefined}
        stroke-linejoin="round"
        opacity={
          highlighted === undefined || highlighted === id ? 1 : theme.kind.startsWith("high-contrast") ? 0.7 : 0.35
        }
      />
    </g>
  );
}

/** On top of the others, and stronger: the one that is pointed at, else the best. */
function Above({
  line,
  trial,
  options,
}: Omit<LineProps, "stop" | "trial"> & { trial: ParallelTrial | undefined }): JSX.Element {
  const { theme, highlighted } = options;
  return (
    <polyline
      points={pointsOf(line)}
      pointer-events="none"
      aria-hidden="true"
      fill="none"
      stroke={line.id === highlighted ? theme.foreground : colourOf(trial?.merit, theme)}
      stroke-width={3}
      stroke-dasharray={trial?.broken === true ? "5 4" : undefined}
      stroke-linejoin="round"
    />
  );
}

function pointsOf({ points }: ParallelLayout["lines"][number]): string {
  return points.map((point) => point.join(",")).join(" ");
}

/** From the text's muted colour, the worst, to the first of the series, the best. */
function colourOf(merit: number | undefined, theme: PlotTheme): string {
  const share = Math.round(100 * (merit ?? 0));
  return `color-mix(in srgb, ${theme.series[0]} ${share}%, color-mix(in srgb, ${theme.muted} 55%, ${theme.background}))`;
}

/** Down and right lead to the next best, up and left back. */
function moveFocus(
  event: JSX.TargetedKeyboardEvent<SVGSVGElement>,
  { lines }: ParallelLayout,
  onHighlight: (id: string) => void,
): void {
  const focused = (event.target as Element).getAttribute("data-line");
  const at = lines.findIndex(({ id }) => id === focused);
  const to = nextIndex(event.key, at, lines.length);
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const { id } = lines[to];
  onHighlight(id);
  event.currentTarget.querySelector<SVGGElement>(`[data-line="${CSS.escape(id)}"]`)?.focus();
}

function nextIndex(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return Math.min(count - 1, at + 1);
    case "ArrowUp":
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
