/** The curves of every metric, with their controls. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunState } from "../../src/protocol/reducer";
import { Choice } from "../controls/Field";
import { useTheme, useWidth } from "../controls/hooks";
import { sentences, t } from "../l10n";
import { type CurveChartHandle, curveChart } from "../plots/curveChart";
import { type Choices, SMOOTHINGS } from "./choices";
import { epochWords } from "./epochWords";
import { formatMetric } from "./format";
import { type CurveSet, curveMetrics, curves } from "../plots/layout/curves";

const HEIGHT = 220;

export interface CurvesProps {
  state: RunState;
  /** The run trains, or is about to. */
  active: boolean;
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

export function Curves(props: CurvesProps): JSX.Element {
  const metrics = curveMetrics(props.state);
  return (
    <section aria-label={t("Curves")}>
      <h2>{t("Curves")}</h2>
      {metrics.length === 0 ? (
        <p class="empty">
          {props.active
            ? t("The curves begin with the first batch: data and model are being prepared.")
            : t("The run ended before its first batch.")}
        </p>
      ) : (
        <>
          {props.state.trees ? null : <CurveControls {...props} />}
          <div class="charts">
            {metrics.map((metric) => (
              <Chart key={metric} metric={metric} {...props} />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

function CurveControls({ choices, onChange }: CurvesProps): JSX.Element {
  const names: Record<(typeof SMOOTHINGS)[number], string> = {
    0: t("None"),
    0.6: t("A little"),
    0.9: t("Medium"),
    0.98: t("Strong"),
  };
  return (
    <div class="controls" role="group" aria-label={t("Curve controls")}>
      <Choice
        id="axis"
        label={t("Across")}
        help={t("Every batch's own value, or one value an epoch.")}
        showHelp={false}
        options={[
          { value: "batch", text: t("Batches") },
          { value: "epoch", text: t("Epochs") },
        ]}
        value={choices.axis}
        onChange={(value) => onChange({ axis: value === "epoch" ? "epoch" : "batch" })}
      />
      <Choice
        id="smoothing"
        label={t("Smoothing")}
        help={t("An average over the batches before: shows the trend under the noise.")}
        showHelp={false}
        disabled={choices.axis === "epoch"}
        options={SMOOTHINGS.map((value) => ({ value: String(value), text: names[value] }))}
        value={String(choices.smoothing)}
        onChange={(value) => onChange({ smoothing: Number(value) })}
      />
      <Choice
        id="scale"
        label={t("Loss axis")}
        help={t("On a logarithmic axis, equal factors are equal distances: small losses stay visible.")}
        showHelp={false}
        options={[
          { value: "linear", text: t("Linear") },
          { value: "log", text: t("Logarithmic") },
        ]}
        value={choices.logarithmic ? "log" : "linear"}
        onChange={(value) => onChange({ logarithmic: value === "log" })}
      />
    </div>
  );
}

function Chart({ state, metric, choices }: CurvesProps & { metric: string }): JSX.Element {
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<CurveChartHandle>();
  const width = useWidth(container);
  const theme = useTheme();
  // A tree's scores are few: nothing to smooth, and no batches.
  const axis = state.trees ? "epoch" : choices.axis;
  const data = curves(state, metric, axis, choices.smoothing, Math.max(200, width * 2));

  useEffect(() => {
    if (!container.current || width === 0) return;
    const options = {
      theme,
      axis,
      epoch: epochWords(state).axis,
      logarithmic: choices.logarithmic && metric === "loss" && !state.trees,
      width,
      height: HEIGHT,
    };
    if (chart.current) chart.current.update(data, options);
    else chart.current = curveChart(container.current, data, options);
  });
  useEffect(() => () => chart.current?.dispose(), []);

  return (
    <figure class="chart">
      <figcaption>{metric}</figcaption>
      <div ref={container} class="canvas" role="img" aria-label={summary(data)} />
      {data.broken ? (
        <p class="note warning">
          {t(
            "{0} became {1} at epoch {2}, batch {3}.",
            metric,
            String(data.broken.value),
            data.broken.epoch,
            data.broken.batch,
          )}
        </p>
      ) : null}
    </figure>
  );
}

/** The chart in words, for those who do not see it. */
function summary({ metric, train, validation }: CurveSet): string {
  const last = train.y.findLast((value) => value !== null);
  const first = train.y.find((value) => value !== null);
  if (first === undefined || first === null || last === undefined || last === null) return metric;
  const held = validation.y.findLast((value) => value !== null);
  const text = t(
    "{0} went from {1} to {2} on the training data.",
    metric,
    formatMetric(metric, first),
    formatMetric(metric, last),
  );
  return held === undefined || held === null
    ? text
    : sentences(text, t("On the validation data it is {0}.", formatMetric(metric, held)));
}
