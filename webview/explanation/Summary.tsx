/** How the explanation was made, in one line. */
import type { JSX } from "preact";
import type { ExplanationHeader } from "../../src/protocol/explanationMessages";
import { t } from "../l10n";
import { formatNumber } from "../plots/layout/numbers";

export interface SummaryProps {
  header: ExplanationHeader;
  omitted: number;
  onOpenRun: (() => void) | undefined;
}

export function Summary({ header, omitted, onOpenRun }: SummaryProps): JSX.Element {
  const { meta } = header;
  const facts: [string, string, string][] = [
    [t("Samples"), formatNumber(header.samples), t("How many inputs are explained in this file.")],
    [
      t("Features"),
      header.featureShape.length > 1 ? header.featureShape.join(" × ") : formatNumber(header.features),
      t("How many numbers one input has."),
    ],
  ];
  if (meta.method !== undefined) facts.push([t("Method"), meta.method, t("What computed the SHAP values.")]);
  if (meta.background !== undefined) {
    facts.push([
      t("Background"),
      formatNumber(meta.background),
      t("How many examples stand for 'feature not known': their mean output is the base value."),
    ]);
  }
  if (meta.additivityError !== undefined) {
    facts.push([
      t("Additivity error"),
      formatNumber(meta.additivityError),
      t("The largest difference between base value + SHAP values and the model's own output. Smaller is better."),
    ]);
  }
  if (meta.seconds !== undefined) {
    facts.push([t("Time"), t("{0} s", formatNumber(meta.seconds)), t("How long the computation took.")]);
  }
  if (meta.backend !== undefined) facts.push([t("Backend"), meta.backend, t("What did the arithmetic.")]);
  return (
    <header>
      <div class="title">
        <h1 title={header.fileName}>{header.fileName}</h1>
        {onOpenRun ? (
          <vscode-button appearance="secondary" title={t("The run that this was explained for.")} onClick={onOpenRun}>
            {t("Open Run")}
            <span slot="start" class="codicon codicon-graph-line" />
          </vscode-button>
        ) : null}
      </div>
      <dl class="facts">
        {facts.map(([name, value, title]) => (
          <div key={name} title={title}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {omitted > 0 ? (
        <p class="note">
          {t("{0} samples of the file are left out here: there are too many to send to this view.", omitted)}
        </p>
      ) : null}
    </header>
  );
}
