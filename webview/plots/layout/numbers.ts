/** Numbers as people read them. */
import { format } from "d3-format";

/** What the user can choose. `automatic`: four significant digits, no trailing zeros. */
export const NUMBER_STYLES = ["automatic", "fixed2", "fixed4", "scientific", "percent"] as const;
export type NumberStyle = (typeof NUMBER_STYLES)[number];

const formats: Record<NumberStyle, (value: number) => string> = {
  automatic: (value) => {
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e7)) return format(".3~e")(value);
    return size >= 1000 ? format(",.6~r")(value) : format(".4~r")(value);
  },
  fixed2: format(",.2f"),
  fixed4: format(",.4f"),
  scientific: format(".3e"),
  percent: format(",.1%"),
};

/** A number in a style; d3's minus sign (U+2212), and a word where there is no number. */
export function formatNumber(value: number, style: NumberStyle = "automatic"): string {
  if (Number.isNaN(value)) return "missing";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return formats[style](value);
}

/** A number without digits that mean nothing beside `scale`: rounding noise of 1e-9 beside 1 is 0. */
export function withoutNoise(value: number, scale: number): number {
  return Math.abs(value) < Math.abs(scale) * 1e-6 ? 0 : value;
}

/** `formatNumber` with its sign always written: an effect rather than a value. */
export function formatEffect(value: number, style: NumberStyle = "automatic"): string {
  const text = formatNumber(value, style);
  return value > 0 && Number.isFinite(value) ? `+${text}` : text;
}
