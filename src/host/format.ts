/** Numbers and times as people read them in the tree, the status bar and messages. */
import * as vscode from "vscode";

/** "0.8 s", "42 s", "3 min 5 s", "2 h 10 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return vscode.l10n.t("{0} s", seconds.toFixed(1));
  if (seconds < 60) return vscode.l10n.t("{0} s", Math.round(seconds));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return vscode.l10n.t("{0} min {1} s", minutes, Math.floor(seconds % 60));
  return vscode.l10n.t("{0} h {1} min", Math.floor(minutes / 60), minutes % 60);
}

/** Four significant digits; shares (accuracy and the like) in per cent. */
export function formatMetric(name: string, value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (/acc(uracy)?$/.test(name)) return `${(100 * value).toFixed(2)} %`;
  return value.toPrecision(4);
}

/** "3 minutes ago", in the display language. */
export function formatAgo(time: number, now: number): string {
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { numeric: "auto" });
  const seconds = Math.round((time - now) / 1000);
  const scale = [
    { unit: "day", size: 86_400 },
    { unit: "hour", size: 3_600 },
    { unit: "minute", size: 60 },
  ] as const;
  const fit = scale.find(({ size }) => Math.abs(seconds) >= size);
  return fit ? format.format(Math.trunc(seconds / fit.size), fit.unit) : format.format(0, "second");
}
