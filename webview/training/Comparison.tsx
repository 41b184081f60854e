/** The run's model beside the one that a recipe's `compare` asks for. */
import type { JSX } from "preact";
import { largestRecallChange, settingsText } from "../../src/protocol/comparison";
import type { RunState } from "../../src/protocol/reducer";
import { t } from "../l10n";
import { formatMetric, formatPercent } from "./format";

export function Comparison({ comparison }: { comparison: NonNullable<RunState["comparison"]> }): JSX.Element {
  const settings = settingsText(comparison.hyperparameters);
  return (
    <section aria-label={t("Comparison")}>
      <h2>{t("Comparison")}</h2>
      {comparison.type === "compared" ? (
        <Scores {...comparison} settings={settings} />
      ) : (
        <p class="note">
          {t("Trains once more with {0}: epoch {1} of {2}.", settings, comparison.epoch, comparison.epochs)}
        </p>
      )}
    </section>
  );
}

function Scores(props: Extract<RunState["comparison"], { type: "compared" }> & { settings: string }): JSX.Element {
  const { settings, split, compared, asTrained } = props;
  const recall = largestRecallChange(props);
  const columns: { name: string; values: [string, string] }[] = Object.entries(asTrained.metrics).map(
    ([name, value]) => ({ name, values: [formatMetric(name, compared.metrics[name]), formatMetric(name, value)] }),
  );
  if (recall) {
    const values: [string, string] = [formatPercent(recall.compared), formatPercent(recall.asTrained)];
    columns.push({ name: t("Recall of {0}", recall.name), values });
  }
  const rows = [
    { name: t("With {0}", settings), of: 0 },
    { name: t("As trained"), of: 1 },
  ] as const;
  return (
    <div class="scroll">
      <table class="table">
        <caption>
          {split === "test"
            ? t("On the test data, trained twice from the same beginning")
            : t("On the validation data, trained twice from the same beginning")}
        </caption>
        <thead>
          <tr>
            <td />
            {columns.map(({ name }) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, of }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {columns.map((column) => (
                <td key={column.name} class="number">
                  {column.values[of]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
