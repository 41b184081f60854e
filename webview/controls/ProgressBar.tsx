import type { JSX } from "preact";

export interface ProgressBarProps {
  /** What goes on, for those who hear it. */
  label: string;
  /** In [0, 1]. */
  share: number;
  /** A further class. */
  kind?: string;
}

export function ProgressBar({ label, share, kind }: ProgressBarProps): JSX.Element {
  return (
    <div
      class={kind === undefined ? "progress" : `progress ${kind}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * share)}
    >
      <div style={{ width: `${100 * share}%` }} />
    </div>
  );
}
