/** A confusion matrix: rows are the true class, columns the predicted one; the stronger the colour, the larger the share of the row. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../l10n";

export interface ConfusionMatrixProps {
  confusion: readonly (readonly number[])[];
  classNames: readonly string[];
}

export function ConfusionMatrix({ confusion, classNames }: ConfusionMatrixProps): JSX.Element {
  const [said, setSaid] = useState<string>();
  const totals = confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
  const describe = (i: number, j: number): string =>
    i === j
      ? t("{0} of {1} examples of “{2}” were recognised.", confusion[i][j], totals[i], classNames[i])
      : t(
          "{0} of {1} examples of “{2}” were taken for “{3}”.",
          confusion[i][j],
          totals[i],
          classNames[i],
          classNames[j],
        );
  return (
    <div class={confusion.length > 20 ? "confusion dense" : "confusion"}>
      <table onMouseLeave={() => setSaid(undefined)}>
        <caption>{t("Confusion matrix: rows are the true class, columns what the model said")}</caption>
        <thead>
          <tr>
            <td />
            {classNames.map((name) => (
              <th key={name} scope="col" title={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, i) => (
            <tr key={classNames[i]}>
              <th scope="row" title={classNames[i]}>
                {classNames[i]}
              </th>
              {row.map((count, j) => (
                <td
                  key={classNames[j]}
                  tabIndex={0}
                  class={i === j ? "right" : count > 0 ? "wrong" : "none"}
                  style={{ "--share": String(totals[i] === 0 ? 0 : count / totals[i]) }}
                  title={describe(i, j)}
                  onMouseEnter={() => setSaid(describe(i, j))}
                  onFocus={() => setSaid(describe(i, j))}
                >
                  {count === 0 ? "" : count}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note" aria-live="polite">
        {said ?? t("Point at a cell to read it.")}
      </p>
    </div>
  );
}
