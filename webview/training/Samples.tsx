/** What the model makes, after each epoch: the newest large, those before it small, to see how they grow. */
import type { JSX } from "preact";
import type { RunState } from "../../src/protocol/reducer";
import { t } from "../l10n";

export function Samples({ state: { samples } }: { state: RunState }): JSX.Element | null {
  const newest = samples.at(-1);
  if (!newest) return null;
  return (
    <section aria-label={t("Samples")}>
      <h2>{t("Samples")}</h2>
      <p class="note">
        {t("What the model makes of the same noise after each epoch; also in the run's folder, as PNG.")}
      </p>
      <Grid {...newest} scale={3} />
      <div class="samples" tabIndex={0} role="group" aria-label={t("Earlier samples")}>
        {samples
          .slice(0, -1)
          .reverse()
          .map((sample) => (
            <Grid key={sample.epoch} {...sample} scale={1} />
          ))}
      </div>
    </section>
  );
}

interface GridProps {
  epoch: number;
  png: string;
  width: number;
  height: number;
  /** CSS pixels a pixel. */
  scale: number;
}

function Grid({ epoch, png, width, height, scale }: GridProps): JSX.Element {
  const caption = t("Epoch {0}", epoch);
  return (
    <figure class="sample">
      <img
        src={`data:image/png;base64,${png}`}
        alt={t("Pictures made after epoch {0}", epoch)}
        width={width * scale}
        height={height * scale}
      />
      <figcaption class="note">{caption}</figcaption>
    </figure>
  );
}
