/** How samples and outputs are called. */
import type { ExplanationHeader } from "../../src/protocol/explanationMessages";
import { indexOfHighest } from "../../src/protocol/numbers";
import { t } from "../l10n";

/** The output with the highest f(x) for a sample, where there is more than one. */
export function predictedOutput(header: ExplanationHeader, sample: number): number | undefined {
  if (header.outputs < 2) return undefined;
  return indexOfHighest(header.outputValues.subarray(sample * header.outputs, (sample + 1) * header.outputs));
}

/** "Sample 3 (no. 1841): predicted 7, true 1". */
export function sampleName(header: ExplanationHeader, sample: number): string {
  const number = header.meta.sampleIndices?.[sample];
  const name =
    number === undefined || number === sample ? t("Sample {0}", sample) : t("Sample {0} (no. {1})", sample, number);
  const label = header.meta.labels?.[sample];
  if (label === undefined) return name;
  const truth = header.outputNames[label] ?? String(label);
  const predicted = predictedOutput(header, sample);
  return predicted === undefined
    ? t("{0}: true {1}", name, truth)
    : t("{0}: predicted {1}, true {2}", name, header.outputNames[predicted], truth);
}
