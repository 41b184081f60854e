/** The run's hyperparameters in a form: changed, they make a new run. */
import type { JSX } from "preact";
import type { Hyperparameter, RunManifest } from "../../src/protocol/runManifest";
import { t } from "../l10n";
import type { Choices } from "./choices";
import { type FieldProblem, type FormField, changesOf, formFields } from "./hyperparameterForm";

export interface HyperparametersProps {
  manifest: RunManifest;
  choices: Choices;
  onChoices: (change: Partial<Choices>) => void;
  /** Begins a new run with these in place of this run's. */
  onRunAgain: (set: Record<string, Hyperparameter>) => void;
}

export function Hyperparameters({
  manifest,
  choices,
  onChoices,
  onRunAgain,
}: HyperparametersProps): JSX.Element | null {
  const fields = formFields(manifest.hyperparameters, choices.drafts);
  if (fields.length === 0) return null;
  const set = changesOf(fields);
  const changed = fields.filter((field) => field.changed).length;
  const ready = set !== undefined && changed > 0;
  const submit = (): void => {
    if (ready) onRunAgain(set);
  };
  return (
    <section aria-label={t("Hyperparameters")}>
      <h2>{t("Hyperparameters")}</h2>
      <form
        class="hyperparameters"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {fields.map((field) => (
          <Control
            key={field.name}
            field={field}
            onText={(text) => onChoices({ drafts: { ...choices.drafts, [field.name]: text } })}
            onEnter={submit}
          />
        ))}
      </form>
      <div class="verbs">
        <vscode-button appearance={ready ? "primary" : "secondary"} disabled={!ready} onClick={submit}>
          {t("Run Again")}
          <span slot="start" class="codicon codicon-debug-rerun" />
        </vscode-button>
        {changed > 0 ? (
          <vscode-button appearance="secondary" onClick={() => onChoices({ drafts: {} })}>
            {t("Put Back")}
            <span slot="start" class="codicon codicon-discard" />
          </vscode-button>
        ) : null}
        <span class="note">{t("Change a value and run again: this run stays as it is, and a new one begins.")}</span>
      </div>
    </section>
  );
}

interface ControlProps {
  field: FormField;
  onText: (text: string) => void;
  onEnter: () => void;
}

function Control({ field, onText, onEnter }: ControlProps): JSX.Element {
  const { name, original, text, problem, changed } = field;
  const id = `hyperparameter-${name}`;
  return (
    <div class={changed ? "field changed" : "field"}>
      {typeof original === "boolean" ? (
        <vscode-checkbox
          id={id}
          checked={text === "true"}
          aria-describedby={`${id}-note`}
          onChange={(event: Event) => {
            const checked = String((event.currentTarget as HTMLElement & { checked: boolean }).checked);
            // It also tells of what it was given, within the drawing.
            if (checked !== text) onText(checked);
          }}
        >
          {name}
        </vscode-checkbox>
      ) : (
        <>
          <label id={`${id}-label`} for={id}>
            {name}
          </label>
          <vscode-text-field
            id={id}
            aria-label={name}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-note`}
            value={text}
            onInput={(event: Event) => onText((event.currentTarget as HTMLInputElement).value)}
            onKeyDown={(event: KeyboardEvent) => {
              if (event.key === "Enter") onEnter();
            }}
          />
        </>
      )}
      <p id={`${id}-note`} class={problem === undefined ? "note" : "note problem"} aria-live="polite">
        {problem === undefined ? (changed ? t("was {0}", String(original)) : "") : problemText(problem)}
      </p>
    </div>
  );
}

function problemText(problem: FieldProblem): string {
  const texts: Record<FieldProblem, string> = {
    number: t("Write a number, as 0.001."),
    count: t("Write a whole number above 0."),
    text: t("Write a text."),
  };
  return texts[problem];
}
