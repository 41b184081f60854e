/** How well the model does on data that it has never seen. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type ClassScore, classScores } from "../../src/protocol/classification";
import type { RunEventOf } from "../../src/protocol/events";
import { t } from "../l10n";
import { ConfusionMatrix } from "../plots/ConfusionMatrix";
import { PredictionPlot } from "./PredictionPlot";
import { formatCount, formatMetric, formatPercent } from "./format";
import { type Sorting, sortScores } from "./sortScores";

export function Results({ evaluation }: { evaluation: RunEventOf<"evaluation"> }): JSX.Element {
  const { split, metrics, confusion, classNames, predictions } = evaluation;
  const names = confusion?.map((_, i) => classNames?.[i] ?? String(i)) ?? [];
  return (
    <section aria-label={t("Results")}>
      <h2>{split === "test" ? t("Results on the test data") : t("Results on the validation data")}</h2>
      <dl class="figures">
        {Object.entries(metrics).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatMetric(name, value)}</dd>
          </div>
        ))}
      </dl>
      {confusion ? (
        <div class="results">
          <ConfusionMatrix confusion={confusion} classNames={names} />
          <ClassTable scores={classScores(confusion, names)} />
        </div>
      ) : null}
      {predictions ? (
        <div class="results">
          {predictions.map((each) => (
            <PredictionPlot key={each.name} predictions={each} />
          ))}
        </div>
      ) : null}
    </section>
  );
}

function ClassTable({ scores }: { scores: ClassScore[] }): JSX.Element {
  const [sorting, setSorting] = useState<Sorting>({ by: "class", descending: false });
  const columns: { by: Sorting["by"]; text: string; help: string }[] = [
    { by: "class", text: t("Class"), help: t("In the order of the model's outputs.") },
    {
      by: "precision",
      text: t("Precision"),
      help: t("Of those that the model took for this class, the share that are of it."),
    },
    { by: "recall", text: t("Recall"), help: t("Of those that are of this class, the share that the model found.") },
    { by: "f1", text: t("F1"), help: t("The harmonic mean of precision and recall: high only where both are.") },
    { by: "support", text: t("Examples"), help: t("How many examples of this class there are.") },
  ];
  const sort = (by: Sorting["by"]): void =>
    setSorting({ by, descending: sorting.by === by ? !sorting.descending : by !== "class" });
  return (
    <div class="scroll">
      <table class="table scores">
        <caption>{t("Scores of each class")}</caption>
        <thead>
          <tr>
            {columns.map(({ by, text, help }) => (
              <th
                key={by}
                scope="col"
                class={by === "class" ? "" : "number"}
                title={help}
                aria-sort={sorting.by === by ? (sorting.descending ? "descending" : "ascending") : "none"}
              >
                <button type="button" onClick={() => sort(by)}>
                  {text}
                  {sorting.by === by ? (sorting.descending ? " ↓" : " ↑") : ""}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sortScores(scores, sorting).map(({ name, precision, recall, f1, support }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{formatPercent(precision)}</td>
              <td class="number">{formatPercent(recall)}</td>
              <td class="number">{formatPercent(f1)}</td>
              <td class="number">{formatCount(support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
