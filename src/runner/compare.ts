/** `trainlens compare`: how far two explanation files agree. */
import { Command } from "commander";
import process from "node:process";
import { stringifyLine } from "../protocol/numbers";
import { UsageError, UserError } from "./errors";
import { type Agreement, compareExplanations } from "./explain/agreement";
import { wholeNumber } from "./options";
import { readExplanationFile } from "./readExplanationFile";

const DEFAULT_TOP = 10;

export function compareCommand(): Command {
  return new Command("compare")
    .description("tell how far two explanations of the same samples agree")
    .argument("<a.shap.npz>")
    .argument("<b.shap.npz>")
    .option("--top-k <n>", `how many of each sample's features count as the top (default: ${DEFAULT_TOP})`)
    .option("--json", "print one JSON value")
    .action(compare);
}

async function compare(a: string, b: string, options: { topK?: string; json?: boolean }): Promise<void> {
  const topK = options.topK === undefined ? DEFAULT_TOP : wholeNumber("--top-k", options.topK);
  if (topK < 1) throw new UsageError(`--top-k "${options.topK}" is no whole number from 1 on.`);
  const [first, second] = [await readExplanationFile(a), await readExplanationFile(b)];
  let agreement: Agreement;
  try {
    agreement = compareExplanations(first, second, topK);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(error.message, "Compare explanations of the same samples and outputs.", { cause: error });
  }
  const methods = [first.meta.method ?? "unknown", second.meta.method ?? "unknown"];
  if (options.json) {
    process.stdout.write(stringifyLine({ methods, ...agreement }) + "\n");
    return;
  }
  const { samples, features, outputs, maxDifference, meanDifference, relativeDifference } = agreement;
  const rows = [
    ["methods", methods.join(", ")],
    ["values", `${samples} samples, ${features} features, ${outputs} outputs`],
    [
      "max difference",
      `${maxDifference.toExponential(2)} (${relativeDifference.toExponential(2)} of the largest value)`,
    ],
    ["mean difference", meanDifference.toExponential(2)],
    ["rank correlation", agreement.rankCorrelation.toFixed(4)],
    [`top ${agreement.topK} overlap`, agreement.topOverlap.toFixed(4)],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(18)}${value}\n`);
}
