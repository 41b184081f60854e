/** Events on stdout: as text for people, or as JSON lines for programs. */
import process from "node:process";
import { type DataReport, classExtremes } from "../protocol/dataReport";
import { type NewRunEvent, formatEventLine } from "../protocol/events";
import type { Metrics } from "../protocol/numbers";
import { stamp } from "../protocol/reducer";

type Printers = { [T in NewRunEvent["type"]]?: (event: Extract<NewRunEvent, { type: T }>) => string };

const printers: Printers = {
  backend: ({ name, device, reason, passedOver }) =>
    [
      `Backend: ${name} (${device}): ${reason}.`,
      ...passedOver.map((other) => `  passed over ${other.name}: ${other.reason}`),
    ].join("\n"),
  data: ({ name, train, validation, test, inputShape, classNames, augmentation, report }) =>
    [
      `Data: ${name ?? "the recipe's"}, ${train} train, ${validation} validation${test === undefined ? "" : `, ${test} test`}, examples of shape [${inputShape.join(", ")}]`,
      ...(report ? [`  ${describeReport(report, classNames)}`] : []),
      ...(report?.problems ?? []).map((problem) => `  left out: ${problem}`),
      ...(augmentation ? [`Augmentation: ${augmentation.join(", ")}`] : []),
    ].join("\n"),
  model: ({ name, parameters, flops, optimizer, loss }) =>
    `Model: ${name}, ${parameters.toLocaleString("en")} parameters, ${flops.toLocaleString("en")} FLOPs an example, ${optimizer}, ${loss}`,
  trees: ({ kind, task, trees, features }) =>
    `Model: ${kind} for ${task}, ${trees === 1 ? "1 tree" : `${trees} trees`}, ${features} features`,
  download: ({ file, done, total }) =>
    `Downloading ${file}: ${Math.round(done / 1e6)} of ${Math.round(total / 1e6)} MB`,
  epoch: ({ epoch, epochs, seconds, examplesPerSecond, metrics }) =>
    `Epoch ${epoch}/${epochs}  ${formatMetrics(metrics)}  ${seconds.toFixed(2)} s, ${Math.round(examplesPerSecond).toLocaleString("en")} examples/s`,
  evaluation: ({ split, metrics }) => `On the ${split} split: ${formatMetrics(metrics)}`,
  saved: ({ path }) => `Model written: ${path}`,
  log: ({ level, message }) => `${level}: ${message}`,
};

/** Prints what a person wants to read of a run. */
export function printEvent(event: NewRunEvent): void {
  const print = printers[event.type] as ((event: NewRunEvent) => string) | undefined;
  if (print) process.stdout.write(print(event) + "\n");
}

/** What --json prints: the event as it would stand in `events.jsonl`. */
export function printJsonLine(event: NewRunEvent): void {
  process.stdout.write(formatEventLine(stamp(event)));
}

function describeReport(report: DataReport, classNames?: readonly string[]): string {
  const { range, targets, notNumbers, filled, skipped, duplicates } = report;
  const between = ([least, most]: readonly [number, number]): string =>
    `${Number(least.toPrecision(4))} to ${Number(most.toPrecision(4))}`;
  const extremes = classExtremes(report, classNames);
  return [
    `values ${between(range)}`,
    ...(targets ? [`targets ${between(targets)}`] : []),
    ...(extremes
      ? [
          `${extremes.fewest.count} (${extremes.fewest.name}) to ${extremes.most.count} (${extremes.most.name}) examples a class`,
        ]
      : []),
    ...(notNumbers > 0 ? [`${notNumbers} values that are no numbers`] : []),
    ...(filled === undefined ? [] : [`${filled} missing values filled in`]),
    ...(skipped === undefined ? [] : [`${skipped} left out`]),
    duplicates === 0
      ? "no duplicates between splits"
      : `${duplicates} examples of validation and test are in train too`,
  ].join(", ");
}

function formatMetrics(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join("  ");
}
