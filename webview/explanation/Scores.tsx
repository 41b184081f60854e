/** How good the explanation is, by the judges that scored it: a table, and curves of deletion and insertion. */
import type { JSX } from "preact";
import type { Judgement } from "../../src/protocol/judgement";
import { t } from "../l10n";
import { layoutFaithfulness } from "../plots/layout/faithfulness";
import { formatNumber } from "../plots/layout/numbers";

interface Row {
  name: string;
  value: string;
  /** What it means, in a sentence. */
  help: string;
}

export function Scores({ judgement }: { judgement: Judgement }): JSX.Element {
  return (
    <details class="scores" open>
      <summary>{t("How good is this explanation?")}</summary>
      <p class="note">
        {t("Scores of {0} samples, of each the output that the model gives first.", formatNumber(judgement.samples))}
      </p>
      <div class="scores-content">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("Score")}</th>
              <th scope="col" class="number">
                {t("Value")}
              </th>
              <th scope="col">{t("Meaning")}</th>
            </tr>
          </thead>
          <tbody>
            {rowsOf(judgement).map(({ name, value, help }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{value}</td>
                <td class="meaning">{help}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {judgement.faithfulness ? <Curves curves={judgement.faithfulness} /> : null}
      </div>
    </details>
  );
}

function rowsOf({ additivity, faithfulness, infidelity, maxSensitivity, stability }: Judgement): Row[] {
  const rows: Row[] = [];
  if (additivity)
    rows.push({
      name: t("Additivity error"),
      value: formatNumber(additivity.max),
      help: t("The largest difference between base value + SHAP values and the model's own output. Smaller is better."),
    });
  if (faithfulness) {
    const { deletionArea, insertionArea, randomArea } = faithfulness;
    rows.push(
      {
        name: t("Deletion area"),
        value: formatNumber(deletionArea),
        help: t(
          "The mean output while features are hidden, the highest values first. Lower is better; in random order it is {0}.",
          formatNumber(randomArea),
        ),
      },
      {
        name: t("Insertion area"),
        value: formatNumber(insertionArea),
        help: t("The mean output while features are shown, the highest values first. Higher is better."),
      },
    );
  }
  if (infidelity)
    rows.push({
      name: t("Infidelity"),
      value: percent(infidelity.relative),
      help: t(
        "How far the values' sums are from what hiding random features does to the output, in squares. 0 is best; values of nothing but 0 get 100 %.",
      ),
    });
  if (maxSensitivity)
    rows.push({
      name: t("Max-sensitivity"),
      value: percent(maxSensitivity.mean),
      help: t(
        "How much the values change at most as the sample moves by up to {0} of each feature's range. Smaller is better.",
        percent(maxSensitivity.radius),
      ),
    });
  if (stability)
    rows.push({
      name: t("Stability"),
      value: `± ${percent(stability.relativeWidth)}`,
      help: t(
        "95 % of the backgrounds that could have been drawn give values this near, on average. Smaller is better; more background rows help.",
      ),
    });
  return rows;
}

const WIDTH = 340;
const HEIGHT = 170;

function Curves({ curves }: { curves: NonNullable<Judgement["faithfulness"]> }): JSX.Element {
  const { ticks, left, right, bottom, ...lines } = layoutFaithfulness(curves, WIDTH, HEIGHT);
  const legend = [
    { key: "insertion", name: t("Insertion") },
    { key: "deletion", name: t("Deletion") },
    { key: "random", name: t("Random order, hidden") },
  ] as const;
  return (
    <figure>
      <figcaption>{t("Mean output as features are hidden or shown")}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("Deletion and insertion curves")}>
        {ticks.map(({ y, value }) => (
          <g key={y}>
            <line class="grid" x1={left} x2={right} y1={y} y2={y} />
            <text x={left - 6} y={y} text-anchor="end" dominant-baseline="middle">
              {formatNumber(value)}
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((fraction) => (
          <text
            key={fraction}
            x={left + fraction * (right - left)}
            y={bottom + 16}
            text-anchor={fraction === 0 ? "start" : fraction === 1 ? "end" : "middle"}
          >
            {percent(fraction)}
          </text>
        ))}
        {legend.map(({ key }) => (
          <polyline key={key} class={`curve ${key}`} points={lines[key]} />
        ))}
      </svg>
      <ul class="legend">
        {legend.map(({ key, name }) => (
          <li key={key}>
            <svg class="key" viewBox="0 0 20 8" aria-hidden="true">
              <line class={`curve ${key}`} x1="0" x2="20" y1="4" y2="4" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </figure>
  );
}

function percent(fraction: number): string {
  return `${formatNumber(Number((fraction * 100).toPrecision(2)))} %`;
}
