/** The numbers behind a force plot: the features of most effect. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { OutputSlice } from "../../src/protocol/explanation";
import { t } from "../l10n";
import { featureCells, featureName, featureValueText } from "../plots/layout/features";
import { formatEffect, type NumberStyle } from "../plots/layout/numbers";

const FEW = 10;
const MANY = 200;

export function EffectsTable({
  slice,
  row,
  numberStyle,
}: {
  slice: OutputSlice;
  row: number;
  numberStyle: NumberStyle;
}): JSX.Element {
  const [all, setAll] = useState(false);
  const effect = (feature: number): number => slice.values[row * slice.features + feature];
  const size = (feature: number): number => (Number.isFinite(effect(feature)) ? Math.abs(effect(feature)) : Infinity);
  const features = Array.from({ length: slice.features }, (_, i) => i)
    .filter((i) => effect(i) !== 0)
    .sort((a, b) => size(b) - size(a));
  const shown = features.slice(0, all ? MANY : FEW);
  const largest = Math.max(...features.map((i) => (Number.isFinite(size(i)) ? size(i) : 0)), 1e-300);
  const withValues = shown.some((i) => featureValueText(slice, row, i) !== undefined);
  return (
    <div class="effects">
      <table>
        <caption>{t("Features of largest effect ({0} of {1})", shown.length, slice.features)}</caption>
        <thead>
          <tr>
            <th scope="col">{t("Feature")}</th>
            {withValues ? (
              <th scope="col" class="number">
                {t("Value")}
              </th>
            ) : null}
            <th scope="col" class="number">
              {t("SHAP value")}
            </th>
            <th scope="col" class="bars" aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {shown.map((i) => (
            <tr key={i}>
              <td class="name" title={slice.featureNames[i]}>
                {withValues ? featureCells(slice, row, i).name : featureName(slice, i)}
              </td>
              {withValues ? <td class="number">{featureCells(slice, row, i, numberStyle).value}</td> : null}
              <td class="number">{formatEffect(effect(i), numberStyle)}</td>
              <td class="bars" aria-hidden="true">
                <div
                  class={effect(i) > 0 ? "bar up" : "bar down"}
                  style={{ width: `${Math.min(50, (50 * Math.abs(effect(i))) / largest) || 0}%` }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {features.length > FEW ? (
        <vscode-button appearance="secondary" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("Show fewer") : t("Show more")}
        </vscode-button>
      ) : null}
    </div>
  );
}
