/** Events on stdout: as text for people, or as JSON lines for programs. */
import process from "node:process";
import { largestRecallChange, settingsText } from "../protocol/comparison";
import { type DataReport, classExtremes, weightExtremes } from "../protocol/dataReport";
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
  comparison: ({ hyperparameters, epoch, epochs, metrics }) =>
    `To compare, with ${settingsText(hyperparameters)}: epoch ${epoch}/${epochs}  ${formatMetrics(metrics)}`,
  compared: (event) => comparedText(event),
  saved: ({ path }) => `Model written: ${path}`,
  explained: ({ path }) => `Explanation written: ${path}`,
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
  const { range, targets, notNumbers, filled, skipped, duplicates, lookedAt } = report;
  const between = ([least, most]: readonly [number, number]): string => `${format(least)} to ${format(most)}`;
  const extremes = classExtremes(report, classNames);
  const weights = weightExtremes(report, classNames);
  return [
    `values ${between(range)}${lookedAt === undefined ? "" : ` in ${lookedAt} of the examples`}`,
    ...(targets ? [`targets ${between(targets)}`] : []),
    ...(extremes
      ? [
          `${extremes.fewest.value} (${extremes.fewest.name}) to ${extremes.most.value} (${extremes.most.name}) examples a class`,
        ]
      : []),
    ...(weights
      ? [
          `class weights ${format(weights.least.value)} (${weights.least.name}) to ${format(weights.most.value)} (${weights.most.name})`,
        ]
      : []),
    ...(notNumbers > 0 ? [`${notNumbers} values that are no numbers`] : []),
    ...(filled === undefined ? [] : [`${filled} missing values filled in`]),
    ...(skipped === undefined ? [] : [`${skipped} left out`]),
    duplicates === undefined
      ? "duplicates are not looked for in a set that is streamed"
      : duplicates === 0
        ? "no duplicates between splits"
        : `${duplicates} examples of validation and test are in train too`,
  ].join(", ");
}

function comparedText(event: Extract<NewRunEvent, { type: "compared" }>): string {
  const { hyperparameters, split, compared, asTrained } = event;
  const name = settingsText(hyperparameters);
  const width = Math.max(name.length, "as trained".length);
  const recall = largestRecallChange(event);
  return [
    `Compared on the ${split} split:`,
    `  ${name.padEnd(width)}  ${formatMetrics(compared.metrics)}`,
    `  ${"as trained".padEnd(width)}  ${formatMetrics(asTrained.metrics)}`,
    ...(recall
      ? [`  recall of ${recall.name}: ${recall.compared.toFixed(4)}, as trained ${recall.asTrained.toFixed(4)}`]
      : []),
  ].join("\n");
}

function format(value: number): number {
  return Number(value.toPrecision(4));
}

function formatMetrics(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join("  ");
}
