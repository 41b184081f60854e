/** What was found in the data before training began. */
import type { JSX } from "preact";
import { type DataReport, classExtremes, weightExtremes } from "../../src/protocol/dataReport";
import { t } from "../l10n";
import { formatNumber } from "../plots/layout/numbers";

const formatRange = ([least, most]: readonly [number, number]): string =>
  t("{0} to {1}", formatNumber(least), formatNumber(most));

/** Facts for the list of the data's: [name, value, help]. */
export function reportFacts(report: DataReport, classNames?: readonly string[]): [string, string, string][] {
  const extremes = classExtremes(report, classNames);
  const facts: [string, string, string][] = [
    [t("Values"), formatRange(report.range), t("The smallest and the largest number that the model is given.")],
  ];
  if (report.targets) facts.push([t("Targets"), formatRange(report.targets), t("What the model learns to answer.")]);
  if (extremes) {
    const { fewest, most } = extremes;
    facts.push([
      t("Examples of a class"),
      fewest.value === most.value
        ? String(fewest.value)
        : t("{0} ({1}) to {2} ({3})", fewest.value, fewest.name, most.value, most.name),
      t("In the training data. A class with few examples is learned badly."),
    ]);
  }
  const weights = weightExtremes(report, classNames);
  if (weights) {
    const { least, most } = weights;
    facts.push([
      t("Class weights"),
      t("{0} ({1}) to {2} ({3})", formatNumber(least.value), least.name, formatNumber(most.value), most.name),
      t("How much an example of each class counts in the training loss. Metrics and held-out data are not weighted."),
    ]);
  }
  if (report.notNumbers > 0) {
    facts.push([
      t("Not numbers"),
      String(report.notNumbers),
      t("Values among the inputs from which nothing can be learned."),
    ]);
  }
  if (report.filled !== undefined) {
    facts.push([
      t("Filled in"),
      String(report.filled),
      t("Missing values: the median or the most frequent category stands in their place."),
    ]);
  }
  if (report.skipped !== undefined) {
    facts.push([t("Left out"), String(report.skipped), (report.problems ?? []).join("\n")]);
  }
  if (report.lookedAt !== undefined) {
    facts.push([
      t("Looked at"),
      t("{0} examples", report.lookedAt.toLocaleString("en")),
      t("The set is read batch by batch. Its values are those of some examples, and duplicates are not looked for."),
    ]);
  }
  if (report.duplicates === undefined) return facts;
  facts.push([
    t("Duplicates"),
    String(report.duplicates),
    t("Examples of the validation and test data that are among the training data too: they flatter the scores."),
  ]);
  return facts;
}

/** The columns of a table, with range and gaps. */
export function FeatureTable({ features }: { features: NonNullable<DataReport["features"]> }): JSX.Element {
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">{t("Features of the data")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("Feature")}</th>
            <th scope="col" class="number">
              {t("Smallest")}
            </th>
            <th scope="col" class="number">
              {t("Largest")}
            </th>
            <th scope="col" class="number">
              {t("Missing")}
            </th>
          </tr>
        </thead>
        <tbody>
          {features.map(({ name, range: [least, most], missing }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{formatNumber(least)}</td>
              <td class="number">{formatNumber(most)}</td>
              <td class="number">{missing}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
