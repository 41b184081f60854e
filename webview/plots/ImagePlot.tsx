/** Image inputs: the picture, and for each output the picture with its attributions over it. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { PlotTheme } from "../theme";
import { type ImageLayout, type ImageShape, pixelAt } from "./layout/image";
import { fitText, type MeasureText } from "./layout/text";
import { pngUrl } from "./raster";
import { Frame, mix, rgb, round, xmlText } from "./svg";

export interface ImagePanelContent {
  /** Two short lines: the output's name and its value. */
  title: string;
  subtitle: string;
  /** Attributions [height, width]; absent for the input alone. */
  effects?: Float64Array;
  selected?: boolean;
}

export interface PixelHover {
  panel: number;
  row: number;
  column: number;
  x: number;
  y: number;
}

export interface ImagePlotProps {
  layout: ImageLayout;
  shape: ImageShape;
  /** [height, width], 0 to 1. */
  intensities: Float64Array | undefined;
  /** The picture in colour, RGB bytes [height, width, 3]; undefined where it has none. */
  colors: Uint8Array | undefined;
  panels: readonly ImagePanelContent[];
  /** End of the symmetric colour scale. */
  limit: number;
  limitText: { low: string; high: string };
  theme: PlotTheme;
  measure: MeasureText;
  summary: string;
  onHover?: (hover: PixelHover | undefined) => void;
  onOpen?: (panel: number) => void;
}

/** How dark the picture stands under its attributions. */
const UNDERLAY = 0.22;

/** Draws a layout; panel 0 is the input, the others are outputs. */
export function ImagePlot(props: ImagePlotProps): JSX.Element {
  const { layout, shape, theme, onHover, onOpen, panels, measure } = props;
  const small = theme.fontSize * 0.9;
  const { legend } = layout;
  const { intensities, colors, limit } = props;
  const pictures = useMemo(
    () =>
      panels.map((panel) =>
        pngUrl(shape.width, shape.height, paint({ shape, theme, intensities, colors, limit }, panel)),
      ),
    [panels, shape, theme, intensities, colors, limit],
  );
  const at = (event: { currentTarget: Element; clientX: number; clientY: number }): PixelHover | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const found = pixelAt(layout, shape, x, y);
    return found && { ...found, x, y };
  };
  const events: JSX.SVGAttributes<SVGSVGElement> = {
    ...(onHover ? { onPointerMove: (event) => onHover(at(event)), onPointerLeave: () => onHover(undefined) } : {}),
    ...(onOpen
      ? {
          onClick: (event) => {
            const found = at(event);
            if (found) onOpen(found.panel);
          },
        }
      : {}),
  };
  return (
    <Frame width={layout.width} height={layout.height} theme={theme} summary={props.summary} events={events}>
      {panels.map((panel, i) => {
        const { x, y, captionY } = layout.panels[i];
        const middle = round(x + layout.panelWidth / 2);
        // Inside the panel: at the edge of the plot half a line would be cut off.
        const frame = panel.selected ? 3 : 1;
        return (
          <g key={i}>
            <text x={middle} y={round(captionY)} text-anchor="middle" fill={theme.foreground}>
              {xmlText(fitText(panel.title, layout.panelWidth, theme.fontSize, measure))}
            </text>
            <text
              x={middle}
              y={round(captionY + theme.fontSize * 1.2)}
              text-anchor="middle"
              font-size={small}
              fill={theme.muted}
            >
              {xmlText(fitText(panel.subtitle, layout.panelWidth, small, measure))}
            </text>
            <image
              x={round(x)}
              y={round(y)}
              width={round(layout.panelWidth)}
              height={round(layout.panelHeight)}
              href={pictures[i]}
              preserveAspectRatio="none"
              image-rendering="pixelated"
              style={{ imageRendering: "pixelated" }}
            />
            <rect
              x={round(x + frame / 2)}
              y={round(y + frame / 2)}
              width={round(layout.panelWidth - frame)}
              height={round(layout.panelHeight - frame)}
              fill="none"
              stroke={panel.selected ? theme.focus : theme.grid}
              stroke-width={frame}
            />
          </g>
        );
      })}
      <defs>
        <linearGradient id="effects">
          <stop offset="0" stop-color={theme.negative} />
          <stop offset="0.5" stop-color={theme.background} />
          <stop offset="1" stop-color={theme.positive} />
        </linearGradient>
      </defs>
      <rect {...legend} fill="url(#effects)" stroke={theme.grid} />
      {[props.limitText.low, "0", props.limitText.high].map((text, i) => (
        <text
          key={i}
          x={round(legend.x + (legend.width * i) / 2)}
          y={round(legend.y + legend.height + theme.fontSize * 1.3)}
          text-anchor={(["start", "middle", "end"] as const)[i]}
          font-size={small}
          fill={theme.muted}
        >
          {xmlText(text)}
        </text>
      ))}
    </Frame>
  );
}

/**
 * RGB [height, width, 3] of a panel: the picture, and the attribution's colour over it as strong as its size. A picture in
 * colour stands in grey under attributions, which have colours of their own; one in grey is ink on the background.
 */
function paint(
  {
    shape,
    theme,
    intensities,
    colors,
    limit,
  }: Pick<ImagePlotProps, "shape" | "theme" | "intensities" | "colors" | "limit">,
  panel: ImagePanelContent,
): Uint8Array {
  if (colors && !panel.effects) return colors;
  const cells = shape.width * shape.height;
  const pixels = new Uint8Array(cells * 3);
  const background = rgb(theme.background);
  const ink = rgb(mix(theme.background, theme.foreground, panel.effects ? UNDERLAY : 1));
  const up = rgb(theme.positive);
  const down = rgb(theme.negative);
  for (let i = 0; i < cells; i++) {
    const dark = intensities?.[i] ?? 0;
    const effect = panel.effects?.[i] ?? 0;
    const strength = limit > 0 ? Math.min(1, Math.abs(effect) / limit) : 0;
    const color = effect > 0 ? up : down;
    // Rec. 601.
    const grey = colors && 0.299 * colors[i * 3] + 0.587 * colors[i * 3 + 1] + 0.114 * colors[i * 3 + 2];
    for (let c = 0; c < 3; c++) {
      const under =
        background[c] + (grey === undefined ? (ink[c] - background[c]) * dark : (grey - background[c]) * UNDERLAY);
      pixels[i * 3 + c] = Math.round(under + (color[c] - under) * strength);
    }
  }
  return pixels;
}
