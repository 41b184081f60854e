/** What every plot's SVG has in common, on a page and in a file. */
import type { ComponentChildren, JSX } from "preact";
import type { PlotTheme } from "../theme";

/** A text that XML 1.0 allows: without control characters and halves of surrogate pairs. */
export function xmlText(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what XML forbids
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd");
}

export interface FrameProps {
  width: number;
  height: number;
  theme: PlotTheme;
  /** Read aloud in place of the picture. */
  summary: string;
  children?: ComponentChildren;
  events?: JSX.SVGAttributes<SVGSVGElement>;
}

/** The root element: explicit size, font and background, so that the markup stands alone as a file. */
export function Frame({ width, height, theme, summary, children, events }: FrameProps): JSX.Element {
  const size = { width: round(width), height: round(height) };
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      {...size}
      viewBox={`0 0 ${size.width} ${size.height}`}
      font-family={theme.fontFamily.replace(/"/g, "'")}
      font-size={theme.fontSize}
      role="img"
      aria-label={xmlText(summary)}
      {...events}
    >
      <rect {...size} fill={theme.background} />
      {children}
    </svg>
  );
}

/** Text that stays readable over anything: with an outline in the background's colour. */
export function Halo({
  theme,
  children,
  ...text
}: JSX.SVGAttributes<SVGTextElement> & { theme: PlotTheme; children: string }): JSX.Element {
  return (
    <g>
      <text {...text} fill="none" stroke={theme.background} stroke-width={4} stroke-linejoin="round" aria-hidden="true">
        {xmlText(children)}
      </text>
      <text {...text}>{xmlText(children)}</text>
    </g>
  );
}

/** px with two decimals: what a screen can show, and half the file. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A path through points. */
export function linePath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${round(x)},${round(y)}`).join("");
}

const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i;

/** Red, green and blue of a colour, 0 to 255: "#rgb", "#rrggbb" or "rgb(…)"; mid grey for anything else. */
export function rgb(color: string): [number, number, number] {
  const long = color.trim().replace(/^#([0-9a-f])([0-9a-f])([0-9a-f])$/i, "#$1$1$2$2$3$3");
  const hex = HEX.exec(long);
  if (hex) return [Number.parseInt(hex[1], 16), Number.parseInt(hex[2], 16), Number.parseInt(hex[3], 16)];
  const parts = /^rgba?\(([^)]*)\)/
    .exec(long)?.[1]
    .match(/[\d.]+/g)
    ?.map(Number);
  return parts && parts.length >= 3 ? [parts[0], parts[1], parts[2]] : [128, 128, 128];
}

/** `part` of the second colour in the first. */
export function mix(from: string, to: string, part: number): string {
  const a = rgb(from);
  const b = rgb(to);
  return `rgb(${a.map((x, i) => Math.round(x + (b[i] - x) * part)).join(",")})`;
}

/** Black or white, whichever reads better on a colour (WCAG relative luminance). */
export function readableOn(color: string): string {
  const [r, g, b] = rgb(color).map((x) => {
    const c = x / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}
