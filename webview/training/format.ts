/** Numbers and times as people read them. */
import { t } from "../l10n";

/** "0.8 s", "42 s", "3 min 5 s", "2 h 10 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return t("{0} s", seconds.toFixed(1));
  if (seconds < 60) return t("{0} s", Math.round(seconds));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("{0} min {1} s", minutes, Math.floor(seconds % 60));
  return t("{0} h {1} min", Math.floor(minutes / 60), minutes % 60);
}

/** Four digits; shares (accuracy and the like) in per cent. */
export function formatMetric(name: string, value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return /acc(uracy)?$/.test(name) ? `${(100 * value).toFixed(2)} %` : value.toPrecision(4);
}

/** "1,234", "203 k", "4.5 M". */
export function formatCount(count: number): string {
  const scales: [number, string][] = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ];
  for (const [size, unit] of scales) {
    if (count >= size) return `${(count / (unit === "k" ? 1e3 : size)).toPrecision(3)} ${unit}`;
  }
  return Math.round(count).toLocaleString("en");
}

export function formatPercent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–";
}
