/** A control with its name and a sentence that says in plain words what it does. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface FieldProps {
  id: string;
  label: string;
  help: string;
  showHelp: boolean;
  /** Takes the room of two. */
  wide?: boolean;
  children: ComponentChildren;
}

export function Field({ id, label, help, showHelp, wide, children }: FieldProps): JSX.Element {
  return (
    <div class={wide ? "field wide" : "field"}>
      <label id={`${id}-label`} for={id}>
        {label}
      </label>
      <div class="field-control">{children}</div>
      <p id={`${id}-help`} class={showHelp ? "help" : "help visually-hidden"}>
        {help}
      </p>
    </div>
  );
}

export interface Option {
  value: string;
  text: string;
}

export interface DropdownProps {
  id: string;
  label: string;
  options: readonly Option[];
  value: string;
  disabled?: boolean;
  onChange: (value: string) => void;
}

/** The toolkit's dropdown, kept in step: it forgets its value when its options change after it. */
export function Dropdown({ id, label, options, value, disabled, onChange }: DropdownProps): JSX.Element {
  const element = useRef<HTMLElement & { value: string }>(null);
  const key = options.map((option) => option.value).join("\n");
  useEffect(() => {
    const dropdown = element.current;
    if (!dropdown) return undefined;
    const set = (): void => {
      if (dropdown.value !== value) dropdown.value = value;
    };
    // Its options register themselves in a microtask of their own.
    const frame = requestAnimationFrame(set);
    set();
    return () => cancelAnimationFrame(frame);
  }, [value, key]);
  return (
    <vscode-dropdown
      id={id}
      ref={element}
      aria-label={label}
      aria-describedby={`${id}-help`}
      disabled={disabled ?? false}
      onChange={(event: Event) => {
        const chosen = (event.currentTarget as HTMLElement & { value: string }).value;
        if (chosen !== value) onChange(chosen);
      }}
    >
      {options.map((option) => (
        <vscode-option key={option.value} value={option.value} selected={option.value === value}>
          {option.text}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}

export type ChoiceProps = Omit<FieldProps, "children" | "wide"> & Omit<DropdownProps, "id" | "label">;

/** A field whose control is a dropdown. */
export function Choice({ id, label, help, showHelp, ...dropdown }: ChoiceProps): JSX.Element {
  return (
    <Field id={id} label={label} help={help} showHelp={showHelp}>
      <Dropdown id={id} label={label} {...dropdown} />
    </Field>
  );
}
