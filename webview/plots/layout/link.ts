/**
 * Links between the space in which SHAP values add up and what is written on the axis.
 * With the logit link the values are log-odds and the axis shows probabilities, as in `shap.force_plot(link="logit")`.
 */
import { scaleLinear } from "d3-scale";
import { formatNumber, type NumberStyle } from "./numbers";
import type { MeasureText } from "./text";

export const LINKS = ["identity", "logit"] as const;
export type Link = (typeof LINKS)[number];

/** From where values add up to where they are read: x, or 1 / (1 + exp(-x)). */
export function inverseLink(link: Link, value: number): number {
  return link === "logit" ? 1 / (1 + Math.exp(-value)) : value;
}

export interface Tick {
  /** In the space where values add up. */
  value: number;
  text: string;
  /** px along the axis. */
  position: number;
}

const PROBABILITIES = [
  0.5, 0.1, 0.9, 0.01, 0.99, 0.25, 0.75, 0.001, 0.999, 0.05, 0.95, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.02, 0.98, 0.0001,
  0.9999, 0.00001, 0.99999, 0.000001, 0.999999,
];

export interface TickOptions {
  link: Link;
  /** [low, high] in the space where values add up. */
  domain: readonly [number, number];
  /** px of `domain`'s ends; either may be the larger. */
  range: readonly [number, number];
  /** px at least between two neighbouring texts, or between lines on a vertical axis. */
  gap: number;
  numberStyle: NumberStyle;
  fontSize: number;
  /** Absent on a vertical axis, where only the line height counts. */
  measure?: MeasureText;
  /** px that texts must stay within, on a horizontal axis. */
  limits?: readonly [number, number];
}

/** Round numbers on an axis (round probabilities with the logit link), none overlapping another or cut at an edge. */
export function axisTicks(options: TickOptions): Tick[] {
  const { link, domain, range, gap, measure, fontSize, limits } = options;
  const scale = scaleLinear(domain, range);
  const size = Math.abs(range[1] - range[0]);
  const wanted = Math.max(2, Math.min(10, Math.floor(size / (measure ? fontSize * 6 : fontSize * 3))));
  const values =
    link === "logit"
      ? PROBABILITIES.map((p) => ({ value: Math.log(p / (1 - p)), shown: p }))
      : scale.ticks(wanted).map((value) => ({ value, shown: value }));
  const step = link === "identity" ? scale.tickFormat(wanted) : undefined;
  const placed: Tick[] = [];
  for (const { value, shown } of values) {
    if (value < domain[0] || value > domain[1]) continue;
    const plain = options.numberStyle === "automatic" && step ? step(shown) : formatNumber(shown, options.numberStyle);
    const tick = { value, position: scale(value), text: plain };
    const half = (text: string): number => (measure ? measure(text, fontSize) / 2 : fontSize / 2);
    const free = placed.every(
      (other) => Math.abs(other.position - tick.position) >= half(other.text) + half(tick.text) + gap,
    );
    const inside = !limits || (tick.position - half(plain) >= limits[0] && tick.position + half(plain) <= limits[1]);
    if (free && inside) placed.push(tick);
  }
  return placed.sort((a, b) => a.value - b.value);
}
