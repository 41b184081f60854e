/** A sweep as text: its trials, the best first. */
import type { Sweep, TrialRow } from "../../protocol/sweep";

/** @param rows in the order in which they are to stand. */
export function sweepTable({ space, metric }: Sweep, rows: readonly TrialRow[]): string {
  const names = Object.keys(space);
  const cells = [
    ["TRIAL", ...names, metric, "EPOCH", "STATE", "SECONDS", "RUN"],
    ...rows.map(({ number, values, best, epoch, epochs, status, seconds, run }) => [
      String(number),
      ...names.map((name) => String(values[name])),
      best ? best.value.toFixed(4) : "",
      best ? `${best.epoch} of ${epoch}${epoch < epochs ? `/${epochs}` : ""}` : "",
      status,
      seconds === 0 ? "" : seconds.toFixed(1),
      run ?? "",
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join("");
}

/** "learningRate 0.01, units 64". */
export function pointText(values: TrialRow["values"]): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}
