/** All samples: sentence, stacked force plot, notes. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { t } from "../l10n";
import { stackedLayout } from "../plots/layout/stacked";
import { StackedPlot } from "../plots/StackedPlot";
import { columnFeatureText, noteText, orderTitle, outputTitle, readValue, stackedSentence } from "../plots/words";
import type { PaneProps } from "./panes";
import { sampleName } from "./samples";

/** px: as high as is comfortable beside the controls. */
export function stackedHeight(width: number): number {
  return Math.round(Math.max(220, Math.min(440, width * 0.5)));
}

export function StackedPane({ header, slice, choices, theme, measure, width, onChange }: PaneProps): JSX.Element {
  const [hovered, setHovered] = useState<number>();
  const { link, numberStyle, order, effects } = choices;
  const reading = { link, numberStyle };
  const layout = useMemo(
    () =>
      stackedLayout(slice, {
        width,
        height: stackedHeight(width),
        fontSize: theme.fontSize,
        link,
        numberStyle,
        measure,
        order,
        effects,
      }),
    [slice, width, theme, link, numberStyle, measure, order, effects],
  );
  const column = hovered === undefined ? undefined : layout.columns[hovered];
  const name = (samples: readonly number[]): string =>
    samples.length === 1 ? sampleName(header, slice.rows[samples[0]]) : t("Mean of {0} samples", samples.length);
  const open = (at: number): void => {
    const samples = layout.columns[at].samples;
    onChange({ view: "force", sample: slice.rows[samples[Math.floor(samples.length / 2)]] });
  };
  return (
    <>
      <p class="sentence">{stackedSentence(slice, layout, reading, effects)}</p>
      <div
        class="plot clickable"
        tabIndex={0}
        role="group"
        aria-label={t("Stacked force plot; arrow keys move the crosshair, Enter opens the sample")}
        onKeyDown={(event) => {
          const last = layout.columns.length - 1;
          const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[
            event.key
          ];
          if (step !== undefined) {
            event.preventDefault();
            setHovered(Math.min(last, Math.max(0, hovered === undefined ? (step < 0 ? last : 0) : hovered + step)));
          } else if (event.key === "Enter" && hovered !== undefined && hovered <= last) open(hovered);
        }}
        onBlur={() => setHovered(undefined)}
      >
        <StackedPlot
          layout={layout}
          theme={theme}
          summary={stackedSentence(slice, layout, reading, effects)}
          yTitle={outputTitle(slice)}
          xTitle={orderTitle(order, slice)}
          hovered={hovered}
          measure={measure}
          onHover={setHovered}
          onOpen={open}
          outputText={(at) => `${t("f(x)")} = ${readValue(layout.outputs[at], reading)}`}
          entryText={(at, entry) => columnFeatureText(slice, entry.features, layout.columns[at].samples, numberStyle)}
        />
      </div>
      <p class="under-plot" aria-live="polite">
        {column
          ? t("{0}; click or press Enter to see it alone.", name(column.samples))
          : t("Point at the plot, or use the arrow keys, to read a sample.")}
      </p>
      {layout.notes.map((note) => {
        const text = noteText(note);
        return text === undefined ? null : (
          <p key={note.kind} class="note">
            {text}
          </p>
        );
      })}
    </>
  );
}
