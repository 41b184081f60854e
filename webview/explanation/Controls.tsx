/** The controls of the explanation view. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { OutputSlice } from "../../src/protocol/explanation";
import type { ExplanationHeader } from "../../src/protocol/explanationMessages";
import { t } from "../l10n";
import { featureName, featuresByImportance } from "../plots/layout/features";
import { NUMBER_STYLES, type NumberStyle } from "../plots/layout/numbers";
import type { SampleOrder } from "../plots/layout/order";
import { allowsLogit, type Choices, type View } from "./choices";
import { Choice, Dropdown, Field, type Option } from "../controls/Field";
import { sampleName } from "./samples";

export interface ControlsProps {
  header: ExplanationHeader;
  slice: OutputSlice;
  view: View;
  outputIndex: number;
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

/** More samples than this are chosen by number, more features than this are not listed. */
const LIST_LIMIT = 200;

export function Controls(props: ControlsProps): JSX.Element {
  const { view, header, choices, onChange, outputIndex } = props;
  const shared = { showHelp: choices.help };
  return (
    <div class="controls" role="group" aria-label={t("Plot controls")}>
      {header.outputs > 1 ? (
        <Choice
          {...shared}
          id="output"
          label={t("Output")}
          help={
            view === "image"
              ? t("Which output is framed: every output has its own picture.")
              : t("Which of the model's outputs is explained: each has its own SHAP values.")
          }
          options={header.outputNames.map((text, k) => ({ value: String(k), text }))}
          value={String(outputIndex)}
          onChange={(value) => onChange({ outputIndex: Number(value) })}
        />
      ) : null}
      {view === "stacked" ? <StackedControls {...props} /> : <SampleControl {...props} />}
      {view === "image" ? null : (
        <Choice
          {...shared}
          id="link"
          label={t("Axis")}
          help={
            allowsLogit(header.meta)
              ? t("How outputs are written. Choose probabilities only if the model's outputs are log-odds (logits).")
              : t("The outputs are probabilities already, so they are shown as they are.")
          }
          disabled={!allowsLogit(header.meta)}
          options={[
            { value: "identity", text: t("Output as it is") },
            { value: "logit", text: t("As probability (logit link)") },
          ]}
          value={choices.link}
          onChange={(value) => onChange({ link: value === "logit" ? "logit" : "identity" })}
        />
      )}
      <Choice
        {...shared}
        id="numbers"
        label={t("Numbers")}
        help={t("How numbers are written in the plot and the table.")}
        options={numberOptions()}
        value={choices.numberStyle}
        onChange={(value) => {
          const numberStyle = NUMBER_STYLES.find((style) => style === value);
          if (numberStyle) onChange({ numberStyle });
        }}
      />
    </div>
  );
}

function numberOptions(): Option[] {
  const texts: Record<NumberStyle, string> = {
    automatic: t("Automatic"),
    fixed2: t("2 decimals"),
    fixed4: t("4 decimals"),
    scientific: t("Scientific"),
    percent: t("Percent"),
  };
  return NUMBER_STYLES.map((value) => ({ value, text: texts[value] }));
}

/** The sample chooser with its two steps. */
function SampleControl({ header, slice, choices, onChange }: ControlsProps): JSX.Element {
  const at = Math.max(0, slice.rows.indexOf(choices.sample));
  const step = (by: number): void => onChange({ sample: slice.rows[at + by] });
  return (
    <Field
      wide
      id="sample"
      label={t("Sample")}
      help={t("Which of the explained samples is shown. The left and right arrow keys on the plot go through them.")}
      showHelp={choices.help}
    >
      <vscode-button
        appearance="secondary"
        aria-label={t("Previous sample")}
        title={t("Previous sample")}
        disabled={at === 0}
        onClick={() => step(-1)}
      >
        ‹
      </vscode-button>
      {slice.samples <= LIST_LIMIT ? (
        <Dropdown
          id="sample"
          label={t("Sample")}
          options={slice.rows.map((row) => ({ value: String(row), text: sampleName(header, row) }))}
          value={String(choices.sample)}
          onChange={(value) => onChange({ sample: Number(value) })}
        />
      ) : (
        <vscode-text-field
          id="sample"
          aria-label={t("Sample")}
          aria-describedby="sample-help"
          value={String(choices.sample)}
          onChange={(event: Event) => {
            const wanted = Number((event.currentTarget as HTMLInputElement).value);
            const nearest = nearestRow(slice.rows, wanted);
            if (nearest !== undefined) onChange({ sample: nearest });
          }}
        />
      )}
      <vscode-button
        appearance="secondary"
        aria-label={t("Next sample")}
        title={t("Next sample")}
        disabled={at >= slice.rows.length - 1}
        onClick={() => step(1)}
      >
        ›
      </vscode-button>
    </Field>
  );
}

/** Order and effects of the stacked plot. */
function StackedControls({ header, slice, choices, onChange }: ControlsProps): JSX.Element {
  const features = useMemo(() => {
    const { order, total } = featuresByImportance(slice);
    return order
      .filter((feature) => total[feature] > 0)
      .slice(0, LIST_LIMIT)
      .map((feature) => ({ value: String(feature), text: featureName(slice, feature) }));
  }, [slice]);
  const hasValues = slice.data !== undefined || slice.displayData !== undefined;
  const orders: Option[] = [
    { value: "similarity", text: t("Similarity") },
    { value: "output", text: t("Output value") },
    { value: "original", text: t("File order") },
    ...(header.meta.sampleIndices ? [{ value: "key", text: t("Number in the data set") }] : []),
    ...(header.meta.labels ? [{ value: "label", text: t("True class") }] : []),
    ...(hasValues ? features.map(({ value, text }) => ({ value, text: t("Value of {0}", text) })) : []),
  ];
  const { order, effects } = choices;
  return (
    <>
      <Choice
        id="order"
        label={t("Samples ordered by")}
        help={t(
          "How samples stand from left to right: similar explanations side by side, by the output, or along a feature's value (values within 1% of its range are averaged).",
        )}
        showHelp={choices.help}
        options={orders}
        value={order.by === "feature" ? String(order.feature) : order.by}
        onChange={(value) => onChange({ order: parseOrder(value) })}
      />
      <Choice
        id="effects"
        label={t("Effects")}
        help={t("All features stacked up to the output, or what a single feature adds to the base value.")}
        showHelp={choices.help}
        options={[
          { value: "all", text: t("f(x): all features") },
          ...features.map(({ value, text }) => ({ value, text: t("Only {0}", text) })),
        ]}
        value={effects.of === "feature" ? String(effects.feature) : "all"}
        onChange={(value) =>
          onChange({ effects: value === "all" ? { of: "all" } : { of: "feature", feature: Number(value) } })
        }
      />
    </>
  );
}

function parseOrder(value: string): SampleOrder {
  switch (value) {
    case "similarity":
    case "output":
    case "original":
    case "key":
    case "label":
      return { by: value };
    default:
      return { by: "feature", feature: Number(value) };
  }
}

/** Rows ascend. */
function nearestRow(rows: readonly number[], wanted: number): number | undefined {
  if (!Number.isFinite(wanted)) return undefined;
  return rows.reduce((best, row) => (Math.abs(row - wanted) < Math.abs(best - wanted) ? row : best), rows[0]);
}
