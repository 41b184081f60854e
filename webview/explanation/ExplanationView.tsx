/** The explanation view: the same in VS Code's panel and on a page of its own. */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../l10n";
import { imageShape } from "../plots/layout/image";
import { type Choices, fitChoices, VIEWS, type View } from "./choices";
import { Controls } from "./Controls";
import { ExportBar, type Notice } from "./ExportBar";
import { ForcePane } from "./ForcePane";
import { useMeasure, useTheme, useWidth } from "../controls/hooks";
import { ImagePane } from "./ImagePane";
import { predictedOutput } from "./samples";
import type { Exporter, ExplanationSource, LoadedSlice } from "./source";
import { Scores } from "./Scores";
import { StackedPane } from "./StackedPane";
import { Summary } from "./Summary";

export interface ExplanationViewProps {
  source: ExplanationSource;
  exporter: Exporter;
  /** Where the view starts; it tells of every change. */
  choices: Choices;
  onChoices: (choices: Choices) => void;
  /** Shows the run that the explanation was made for, where there is one. */
  onOpenRun?: (() => void) | undefined;
}

/** px: nothing can be drawn narrower. */
const NARROWEST = 200;

export function ExplanationView(props: ExplanationViewProps): JSX.Element {
  const { source, exporter } = props;
  const { header } = source;
  const [chosen, setChosen] = useState(props.choices);
  const [loaded, setLoaded] = useState<LoadedSlice>();
  const [failure, setFailure] = useState<string>();
  const [notice, setNotice] = useState<Notice>();
  const plot = useRef<HTMLDivElement>(null);
  const width = useWidth(plot);
  const theme = useTheme();
  const measure = useMeasure(theme);

  const choices = useMemo(() => fitChoices(chosen, header), [chosen, header]);
  const shape = useMemo(() => imageShape(header.featureShape, header.featureNames), [header]);
  const views = VIEWS.filter((view) => view !== "image" || shape);
  const wanted = choices.view ?? (header.samples > 1 ? "stacked" : "force");
  const view: View = views.includes(wanted) ? wanted : "force";
  const outputIndex = choices.outputIndex ?? (view === "stacked" ? 0 : (predictedOutput(header, choices.sample) ?? 0));

  const onChange = (change: Partial<Choices>): void => {
    const next = { ...choices, ...change };
    setChosen(next);
    props.onChoices(next);
  };

  useEffect(() => {
    let current = true;
    if (header.samples === 0) return undefined;
    setFailure(undefined);
    source.slice(outputIndex).then(
      (slice) => current && setLoaded(slice),
      (error: unknown) => current && setFailure(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      current = false;
    };
  }, [source, outputIndex, header.samples]);

  const titles: Record<View, { title: string; help: string }> = {
    force: { title: t("One sample"), help: t("What moved the model's output for one sample.") },
    stacked: { title: t("All samples"), help: t("Every sample's force plot, side by side.") },
    image: { title: t("Image"), help: t("The sample as a picture, with the pixels that mattered.") },
  };
  const pane = loaded && {
    header,
    slice: loaded.slice,
    choices,
    theme,
    measure,
    width: Math.max(NARROWEST, width),
    onChange,
  };
  return (
    <main>
      <Summary header={header} omitted={loaded?.omitted ?? 0} onOpenRun={props.onOpenRun} />
      {header.samples === 0 ? (
        <p class="message">{t("This explanation holds no samples: there is nothing to plot.")}</p>
      ) : (
        <>
          <div class="bar">
            <div class="views" role="tablist" aria-label={t("Plot")}>
              {views.map((each) => (
                <button
                  key={each}
                  type="button"
                  role="tab"
                  id={`tab-${each}`}
                  aria-selected={each === view}
                  aria-controls="pane"
                  tabIndex={each === view ? 0 : -1}
                  title={titles[each].help}
                  onClick={() => onChange({ view: each })}
                  onKeyDown={(event) => {
                    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
                    if (step === undefined) return;
                    const next = views[(views.indexOf(view) + step + views.length) % views.length];
                    onChange({ view: next });
                    document.getElementById(`tab-${next}`)?.focus();
                  }}
                >
                  {titles[each].title}
                </button>
              ))}
            </div>
            <vscode-checkbox
              checked={choices.help}
              onChange={(event: Event) =>
                onChange({ help: (event.currentTarget as HTMLElement & { checked: boolean }).checked })
              }
            >
              {t("Explain the controls")}
            </vscode-checkbox>
          </div>
          {loaded ? <Controls {...{ header, slice: loaded.slice, view, outputIndex, choices, onChange }} /> : null}
          <div id="pane" role="tabpanel" aria-labelledby={`tab-${view}`} ref={plot}>
            {failure !== undefined ? (
              <p class="message error" role="alert">
                {failure}
              </p>
            ) : !pane || width === 0 ? (
              <Loading />
            ) : view === "force" ? (
              <ForcePane {...pane} />
            ) : view === "stacked" ? (
              <StackedPane {...pane} />
            ) : shape ? (
              <ImagePane {...pane} shape={shape} outputIndex={outputIndex} load={source.slice} />
            ) : null}
          </div>
          {loaded ? (
            <ExportBar
              request={{ source, view, outputIndex, choices, slice: loaded.slice, width }}
              exporter={exporter}
              onNotice={setNotice}
            />
          ) : null}
          <p class={`message ${notice?.level ?? "info"}`} role="status">
            {notice?.message ?? ""}
          </p>
          {header.meta.judgement ? <Scores judgement={header.meta.judgement} /> : null}
        </>
      )}
    </main>
  );
}

export function Loading(): JSX.Element {
  return (
    <p class="message" role="status">
      <vscode-progress-ring aria-hidden="true" /> {t("Reading the explanation…")}
    </p>
  );
}
