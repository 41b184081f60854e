/** A slider and a number for each strength, a box for each switch. */
import type { JSX } from "preact";
import type { PreviewRequest, Strength } from "../../src/protocol/preview";
import { Field } from "../controls/Field";
import { t } from "../l10n";

/** Positions of a slider. */
const STEPS = 100;

export interface StrengthsProps {
  strengths: readonly Strength[];
  /** What was asked for, and may not be shown yet. */
  set: PreviewRequest["set"];
  onSet: (name: string, value: number | boolean) => void;
}

export function Strengths({ strengths, set, onSet }: StrengthsProps): JSX.Element {
  if (strengths.length === 0)
    return (
      <p class="hint">
        {t(
          "The recipe's augmentation reads no hyperparameters, so there is nothing to set here. Write its strengths as hyperparameters: export const hyperparameters = { rotation: 0.05 }, and randomRotation(hyperparameters.rotation) in augment().",
        )}
      </p>
    );
  return (
    <section class="strengths" aria-label={t("Strengths")}>
      {strengths.map((strength) => {
        const value = set[strength.name] ?? strength.value;
        return typeof value === "boolean" ? (
          <Switch key={strength.name} strength={strength} value={value} onSet={onSet} />
        ) : (
          <Slider key={strength.name} strength={strength} value={value} onSet={onSet} />
        );
      })}
    </section>
  );
}

interface ControlProps<T> {
  strength: Strength;
  value: T;
  onSet: (name: string, value: number | boolean) => void;
}

function Switch({ strength: { name }, value, onSet }: ControlProps<boolean>): JSX.Element {
  const id = `strength-${name}`;
  return (
    <Field id={id} label={name} help={t("Read by augment().")} showHelp={true}>
      <input
        type="checkbox"
        id={id}
        checked={value}
        aria-describedby={`${id}-help`}
        onChange={(event) => onSet(name, event.currentTarget.checked)}
      />
    </Field>
  );
}

function Slider({ strength, value, onSet }: ControlProps<number>): JSX.Element {
  const { name, most, changes } = strength;
  const id = `strength-${name}`;
  const own = Number(strength.value);
  const whole = most === undefined && Number.isInteger(own) && own > 1;
  const top = Math.max(most ?? (whole ? 2 * own : 1), value);
  const help = changes.length > 0 ? t("Changes {0}.", changes.join(", ")) : t("Read by augment().");
  const change = (text: string): void => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isFinite(number)) onSet(name, number);
  };
  return (
    <Field id={id} label={name} help={help} showHelp={true}>
      <input
        type="range"
        id={id}
        min={Math.min(0, value)}
        max={top}
        step={whole ? 1 : top / STEPS}
        value={value}
        aria-describedby={`${id}-help`}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <input
        type="number"
        class="number"
        step="any"
        value={value}
        aria-label={t("{0}, as a number", name)}
        onChange={(event) => change(event.currentTarget.value)}
      />
    </Field>
  );
}
