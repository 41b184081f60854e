/** One sample: sentence, force plot, table of the largest effects. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { t } from "../l10n";
import { ForcePlot } from "../plots/ForcePlot";
import type { ForceSegment } from "../plots/layout/force";
import { layoutForce, wordsFor } from "../plots/staticPlots";
import { forceSentence, forceSummary, segmentText } from "../plots/words";
import { EffectsTable } from "./EffectsTable";
import { type PaneProps, sampleKeys } from "./panes";
import { Tooltip } from "./Tooltip";

export function ForcePane({ slice, choices, theme, measure, width, onChange }: PaneProps): JSX.Element {
  const [hover, setHover] = useState<{ segment: ForceSegment; x: number; y: number }>();
  const row = Math.max(0, slice.rows.indexOf(choices.sample));
  const { link, numberStyle } = choices;
  const reading = { link, numberStyle };
  const layout = useMemo(
    () => layoutForce(slice, row, { link, numberStyle, width, theme, measure }),
    [slice, row, link, numberStyle, width, theme, measure],
  );
  const hovered = hover && layout.segments.includes(hover.segment) ? hover : undefined;
  return (
    <>
      <p class="sentence" aria-live="polite">
        {forceSentence(slice, row, layout, reading)}
      </p>
      <div
        class="plot"
        tabIndex={0}
        role="group"
        aria-label={t("Force plot; arrow keys go to the previous and next sample")}
        onKeyDown={sampleKeys({ slice, onChange }, row)}
      >
        <ForcePlot
          layout={layout}
          theme={theme}
          words={wordsFor(slice, { ...reading, width, theme, measure })}
          summary={forceSummary(slice, row, layout, reading)}
          describe={(segment) => segmentText(slice, row, segment, numberStyle)}
          hovered={hovered?.segment}
          onHover={(segment, at) => setHover(segment && { segment, ...at })}
        />
        {hovered ? (
          <Tooltip
            x={hovered.x}
            y={hovered.y}
            width={width}
            text={segmentText(slice, row, hovered.segment, numberStyle)}
          />
        ) : null}
      </div>
      <EffectsTable slice={slice} row={row} numberStyle={numberStyle} />
    </>
  );
}
