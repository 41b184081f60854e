/** The Sweep panel: renders a state, keeps none. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SweepStatus, TrialRow } from "../../src/protocol/sweep";
import type { SweepState, SweepToHost } from "../../src/protocol/sweepMessages";
import { ProgressBar } from "../controls/ProgressBar";
import { useTheme, useWidth } from "../controls/hooks";
import { t } from "../l10n";
import { type ParallelData, type ParallelHandle, parallelCoordinates } from "../plots/parallelCoordinates";
import { formatDuration, formatMetric } from "../training/format";
import { type Sorting, merits, progressOf, sorted } from "./rows";
import { TrialTable } from "./TrialTable";

export interface SweepViewProps {
  state: SweepState;
  sorting: Sorting;
  /** The run that is pointed at. */
  highlighted: string | undefined;
  onSort: (column: string) => void;
  onHighlight: (run: string | undefined) => void;
  onAsk: (message: SweepToHost) => void;
}

export function SweepView(props: SweepViewProps): JSX.Element {
  const { state, sorting } = props;
  return (
    <main>
      <Header {...props} />
      <Plot {...props} />
      <TrialTable {...props} rows={sorted(state.rows, sorting, state.goal)} />
    </main>
  );
}

function Header({ state, onAsk }: SweepViewProps): JSX.Element {
  const { name, recipe, status, rows, metric, goal } = state;
  const { ended, best } = progressOf(state);
  const { text, icon } = statusWord(status);
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  return (
    <header>
      <div class="title">
        <h1>{t("Sweep: {0}", recipe)}</h1>
        <span class={`status ${status}`} role="status">
          <span class={`codicon codicon-${icon}`} aria-hidden="true" /> {text}
        </span>
        <span class="run-id" title={t("The sweep's folder is named so.")}>
          {name}
        </span>
      </div>
      <ProgressBar
        label={t("Trials that have ended")}
        share={rows.length === 0 ? 0 : ended / rows.length}
        kind={status}
      />
      <dl class="figures">
        <Figure
          name={t("Trials")}
          value={t("{0} of {1}", ended, rows.length)}
          help={t("A trial is a run with its own hyperparameters.")}
        />
        {best?.best ? (
          <Figure
            name={t("Best {0}", metric)}
            value={formatMetric(metric, best.best.value)}
            help={goal === "lowest" ? t("The lowest of all epochs wins.") : t("The highest of all epochs wins.")}
          />
        ) : null}
        {best
          ? state.axes.map((axis) => (
              <Figure
                key={axis.name}
                name={axis.name}
                value={String(best.values[axis.name])}
                help={t("Of the best trial.")}
              />
            ))
          : null}
        <Figure name={t("Elapsed")} value={formatDuration(seconds)} help={t("Of all trials together.")} />
      </dl>
      <div class="verbs" role="group" aria-label={t("What to do with this sweep")}>
        {status === "running" ? (
          <Verb text={t("Stop")} icon="debug-stop" primary onClick={() => onAsk({ type: "stop" })} />
        ) : null}
        {status === "stopped" ? (
          <Verb text={t("Resume")} icon="debug-continue" primary onClick={() => onAsk({ type: "resume" })} />
        ) : null}
        <Verb text={t("Output")} icon="output" onClick={() => onAsk({ type: "openOutput" })} />
      </div>
    </header>
  );
}

function Figure({ name, value, help }: { name: string; value: string; help: string }): JSX.Element {
  return (
    <div title={help}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface VerbProps {
  text: string;
  icon: string;
  primary?: boolean;
  onClick: () => void;
}

function Verb({ text, icon, primary, onClick }: VerbProps): JSX.Element {
  return (
    <vscode-button appearance={primary ? "primary" : "secondary"} onClick={onClick}>
      {text}
      <span slot="start" class={`codicon codicon-${icon}`} />
    </vscode-button>
  );
}

function statusWord(status: SweepStatus): { text: string; icon: string } {
  const words: Record<SweepStatus, { text: string; icon: string }> = {
    running: { text: t("Training"), icon: "loading codicon-modifier-spin" },
    stopping: { text: t("Stopping"), icon: "loading codicon-modifier-spin" },
    stopped: { text: t("Stopped"), icon: "debug-pause" },
    done: { text: t("Done"), icon: "pass-filled" },
  };
  return words[status];
}

const PLOT_HEIGHT = 320;

function Plot({ state, highlighted, onHighlight, onAsk }: SweepViewProps): JSX.Element {
  const theme = useTheme();
  const frame = useRef<HTMLDivElement>(null);
  const container = useRef<HTMLDivElement>(null);
  const handle = useRef<ParallelHandle>();
  const width = useWidth(frame);
  const measured = state.rows.filter((row) => row.best !== undefined && row.run !== undefined);
  const empty = measured.length === 0;
  useEffect(() => {
    if (!container.current || width === 0 || empty) return;
    const options = {
      theme,
      label: t("A line a trial: its hyperparameters, then what it reached"),
      width,
      height: PLOT_HEIGHT,
      highlighted,
      onHighlight,
      onOpen: (run: string) => onAsk({ type: "openRun", run }),
    };
    const data = plotData(state, measured);
    if (handle.current) handle.current.update(data, options);
    else handle.current = parallelCoordinates(container.current, data, options);
  });
  useEffect(() => () => handle.current?.dispose(), []);
  const row = measured.find(({ run }) => run === highlighted);
  return (
    <section aria-label={t("Parallel coordinates")}>
      <h2>{t("What leads to what")}</h2>
      <div ref={frame} class="scroll parallel">
        <div ref={container} />
        {empty ? <p class="empty">{t("A trial shows here after its first epoch.")}</p> : null}
      </div>
      <p class="note" aria-live="polite">
        {row
          ? trialText(row, state)
          : t(
              "A line is a trial; the stronger its colour, the better. Dashed ones were not trained to their end. Point at a line to read it, click it to open its run.",
            )}
      </p>
    </section>
  );
}

function plotData({ axes: all, rows, metric, goal }: SweepState, measured: readonly TrialRow[]): ParallelData {
  // What is the same in every trial leads to nothing.
  const varied = all.filter(({ name }) => new Set(rows.map(({ values }) => values[name])).size > 1);
  const axes = varied.length > 0 ? varied : all;
  const merit = merits(rows, goal);
  const state = { axes: all, metric };
  return {
    axes: [...axes, { name: metric, log: false }],
    lines: sorted(measured, { column: "metric", descending: false }, goal).map((row) => ({
      id: row.run ?? "",
      values: [...axes.map(({ name }) => row.values[name]), row.best?.value],
      merit: merit.get(row.number),
      broken: row.status !== "done",
      label: trialText(row, state),
    })),
  };
}

/** "Trial 3: rate 0.1, units 32; val_loss 0.2 in epoch 4". */
function trialText({ number, values, best }: TrialRow, { axes, metric }: Pick<SweepState, "axes" | "metric">): string {
  const point = axes.map(({ name }) => `${name} ${String(values[name])}`).join(", ");
  if (!best) return t("Trial {0}: {1}", number, point);
  return t("Trial {0}: {1}; {2} {3} in epoch {4}", number, point, metric, formatMetric(metric, best.value), best.epoch);
}
