/** Originals beside what the augmentation makes of them, and the strengths that it does so by. */
import type { JSX } from "preact";
import type { AugmentationState, AugmentationToHost, Preview, PreviewPicture } from "../../src/protocol/preview";
import { sentences, t } from "../l10n";
import { Strengths } from "./Strengths";

export interface AugmentationViewProps {
  state: AugmentationState;
  onAsk: (message: Exclude<AugmentationToHost, { type: "ready" }>) => void;
}

export function AugmentationView({ state, onAsk }: AugmentationViewProps): JSX.Element {
  const { recipe, request, busy, preview, failure, strengths } = state;
  return (
    <main aria-busy={busy}>
      <header>
        <h1>{t("Augmentation: {0}", recipe)}</h1>
        <p class="note">
          {t(
            "The recipe's own pictures, and what training may see in their place. Validation and test pictures stay as they are.",
          )}
        </p>
        <div class="verbs" role="group" aria-label={t("What to do with the preview")}>
          <vscode-button
            appearance="primary"
            disabled={strengths !== "changed" || failure !== undefined}
            onClick={() => onAsk({ type: "write" })}
          >
            {t("Write to Recipe")}
            <span slot="start" class="codicon codicon-edit" />
          </vscode-button>
          <vscode-button
            appearance="secondary"
            disabled={strengths !== "changed"}
            onClick={() => onAsk({ type: "show", request: { ...request, set: {} } })}
          >
            {t("Recipe's Values")}
            <span slot="start" class="codicon codicon-discard" />
          </vscode-button>
          <vscode-button
            appearance="secondary"
            onClick={() => onAsk({ type: "show", request: { ...request, seed: request.seed + 1 } })}
          >
            {t("Other Draws")}
            <span slot="start" class="codicon codicon-refresh" />
          </vscode-button>
          <vscode-button appearance="secondary" onClick={() => onAsk({ type: "openRecipe" })}>
            {t("Open Recipe")}
            <span slot="start" class="codicon codicon-file-code" />
          </vscode-button>
        </div>
        {failure ? (
          <div class="trouble" role="alert">
            <strong>{failure.message}</strong> {failure.advice}
          </div>
        ) : null}
      </header>
      {preview ? (
        <>
          <Strengths
            strengths={preview.strengths}
            set={request.set}
            onSet={(name, value) =>
              onAsk({ type: "show", request: { ...request, set: { ...request.set, [name]: value } } })
            }
          />
          <p class="note" role="status">
            {said(preview, strengths)}
          </p>
          <Pictures preview={preview} />
        </>
      ) : busy ? (
        <p role="status">{t("Making pictures…")}</p>
      ) : null}
    </main>
  );
}

function said({ steps, seed }: Preview, strengths: AugmentationState["strengths"]): string {
  const drawn =
    steps.length === 0
      ? t("With these values the recipe augments nothing.")
      : t("Draws of seed {0}: {1}.", seed, steps.join(", "));
  if (strengths === "recipe's") return drawn;
  const kept =
    strengths === "written"
      ? t("Written to the recipe's editor. Save it to train with it; undo there takes it back.")
      : t("These values are not the recipe's yet.");
  return sentences(drawn, kept);
}

/** CSS pixels that a picture has at least; small ones are enlarged by whole numbers, so that pixels stay squares. */
const LEAST_SIDE = 84;

function Pictures({ preview: { examples, height, width } }: { preview: Preview }): JSX.Element {
  const scale = Math.max(1, Math.round(LEAST_SIDE / Math.max(height, width)));
  const size = { height: height * scale, width: width * scale };
  return (
    <section class="pictures" aria-label={t("Pictures")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("Original")}</th>
            {(examples.at(0)?.augmented.length ?? 0) > 0 ? (
              <th scope="col" colSpan={examples[0].augmented.length}>
                {t("Augmented")}
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {examples.map(({ original, augmented }, row) => (
            <tr key={row}>
              <td class="original">
                <Picture picture={original} name={t("Original {0}", row + 1)} {...size} />
              </td>
              {augmented.map((picture, k) => (
                <td key={k}>
                  <Picture
                    picture={picture.label === original.label ? { ...picture, label: "" } : picture}
                    name={t("Variant {0} of picture {1}", k + 1, row + 1)}
                    {...size}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface PictureProps {
  picture: PreviewPicture;
  name: string;
  height: number;
  width: number;
}

function Picture({ picture: { png, label }, name, height, width }: PictureProps): JSX.Element {
  return (
    <figure>
      <img src={`data:image/png;base64,${png}`} alt={name} height={height} width={width} />
      {label === "" ? null : <figcaption>{label}</figcaption>}
    </figure>
  );
}
