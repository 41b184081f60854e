/** What can train on this machine: renders a state, keeps none. */
import type { JSX } from "preact";
import type { DoctorProgress, DoctorState, DoctorToHost } from "../../src/protocol/doctorMessages";
import type { DoctorReport } from "../../src/protocol/doctorReport";
import { ProgressBar } from "../controls/ProgressBar";
import { t } from "../l10n";
import { Backends } from "./Backends";
import { Machine } from "./Machine";

export interface DoctorViewProps {
  state: DoctorState;
  /** The report was put on the clipboard a moment ago. */
  copied: boolean;
  onAsk: (message: Exclude<DoctorToHost, { type: "ready" }>) => void;
}

export function DoctorView({ state, copied, onAsk }: DoctorViewProps): JSX.Element {
  const { report, progress, failure } = state;
  return (
    <main>
      <header>
        <h1>{t("What can train on this machine")}</h1>
        <p class="note">
          {t("Each backend is tried in a process of its own, and its matrix products and convolutions are timed.")}
        </p>
        <div class="verbs" role="group" aria-label={t("What to do with the report")}>
          {progress ? (
            <vscode-button appearance="secondary" onClick={() => onAsk({ type: "cancel" })}>
              {t("Cancel")}
              <span slot="start" class="codicon codicon-close" />
            </vscode-button>
          ) : (
            <vscode-button appearance={report ? "secondary" : "primary"} onClick={() => onAsk({ type: "run" })}>
              {report ? t("Run Again") : t("Run")}
              <span slot="start" class="codicon codicon-refresh" />
            </vscode-button>
          )}
          {report ? (
            <vscode-button appearance="secondary" onClick={() => onAsk({ type: "copy" })}>
              {copied ? t("Copied") : t("Copy as Text")}
              <span slot="start" class={`codicon codicon-${copied ? "check" : "copy"}`} />
            </vscode-button>
          ) : null}
        </div>
        {progress ? <Progress progress={progress} /> : null}
        {failure ? (
          <div class="trouble" role="alert">
            <strong>{failure.message}</strong> {failure.advice}
          </div>
        ) : null}
      </header>
      {report ? (
        <div class={progress ? "report stale" : "report"} aria-busy={progress !== undefined}>
          <Choice report={report} />
          <Backends
            report={report}
            busy={progress !== undefined}
            onInstall={(request) => onAsk({ type: "install", request })}
          />
          <Machine report={report} />
        </div>
      ) : null}
    </main>
  );
}

function Progress({ progress: { step, steps, backend } }: { progress: DoctorProgress }): JSX.Element {
  const text =
    step === 0
      ? t("Looking at the machine…")
      : backend === "auto"
        ? t("Letting the ladder choose a backend… ({0} of {1})", step, steps)
        : t("Trying {0}… ({1} of {2})", backend, step, steps);
  return (
    <div class="visit">
      <ProgressBar label={t("Progress of the doctor")} share={Math.max(0, step - 1) / steps} />
      <p role="status">{text}</p>
    </div>
  );
}

/** What a run takes that names no backend. */
function Choice({ report: { choice } }: { report: DoctorReport }): JSX.Element {
  if (choice.state !== "usable")
    return (
      <div class="trouble" role="alert">
        <strong>{t("A run that names no backend fails here: {0}.", choice.reason)}</strong> {choice.fix}
      </div>
    );
  return (
    <section class="choice" aria-label={t("The backend that is chosen")}>
      <span class="codicon codicon-pass-filled" aria-hidden="true" />
      <p>
        <strong>{t("A run that names no backend takes {0}", choice.name)}</strong>
        <span class="device">{choice.device}</span>
        <span class="note">{choice.reason}</span>
      </p>
    </section>
  );
}
