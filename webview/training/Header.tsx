/** What the run is, how it goes, and what can be done with it. */
import type { JSX } from "preact";
import {
  type ProcessFacts,
  type RunState,
  type RunStatus,
  canResume,
  isActive,
  latestMetrics,
  remainingSeconds,
  runStatus,
  trainingPosition,
} from "../../src/protocol/reducer";
import type { RunManifest } from "../../src/protocol/runManifest";
import type { RunVerb } from "../../src/protocol/trainingMessages";
import { ProgressBar } from "../controls/ProgressBar";
import { t } from "../l10n";
import { epochWords } from "./epochWords";
import { formatCount, formatDuration, formatMetric } from "./format";

export interface HeaderProps {
  manifest: RunManifest;
  state: RunState;
  facts: ProcessFacts;
  /** Now, ms since 1970: an active run's clock goes on between its events. */
  now: number;
  onVerb: (verb: RunVerb) => void;
}

export function Header(props: HeaderProps): JSX.Element {
  const { manifest, state, facts } = props;
  const status = runStatus(state, facts);
  const position = trainingPosition(state);
  return (
    <header>
      <div class="title">
        <h1>{manifest.recipe.name}</h1>
        <Status status={status} downloading={isActive(status) && state.download !== undefined} />
        <span class="run-id" title={t("The run's folder is named so.")}>
          {manifest.id}
        </span>
      </div>
      <ProgressBar
        label={state.download ? t("Downloading") : t("Training progress")}
        share={status === "done" ? 1 : (position?.fraction ?? downloadedShare(state))}
        kind={status}
      />
      <Figures {...props} status={status} />
      <Trouble {...props} status={status} />
      <Verbs {...props} status={status} />
    </header>
  );
}

function statusWord(status: RunStatus): { text: string; icon: string } {
  const words: Record<RunStatus, { text: string; icon: string }> = {
    starting: { text: t("Starting"), icon: "loading codicon-modifier-spin" },
    running: { text: t("Training"), icon: "loading codicon-modifier-spin" },
    stopping: { text: t("Stopping"), icon: "loading codicon-modifier-spin" },
    done: { text: t("Done"), icon: "pass-filled" },
    stopped: { text: t("Stopped"), icon: "debug-pause" },
    failed: { text: t("Failed"), icon: "error" },
    crashed: { text: t("Crashed"), icon: "warning" },
  };
  return words[status];
}

/** Until there is a model to train. */
function downloadedShare({ download }: RunState): number {
  return download && download.total > 0 ? download.done / download.total : 0;
}

function Status({ status, downloading }: { status: RunStatus; downloading: boolean }): JSX.Element {
  const { text: word, icon } = statusWord(status);
  const text = downloading && status !== "stopping" ? t("Downloading") : word;
  return (
    <span class={`status ${status}`} role="status">
      <span class={`codicon codicon-${icon}`} aria-hidden="true" /> {text}
    </span>
  );
}

function Figures({ state, now, status }: HeaderProps & { status: RunStatus }): JSX.Element {
  const position = trainingPosition(state);
  const running = isActive(status) && state.lastTime !== undefined ? Math.max(0, now - state.lastTime) / 1000 : 0;
  const remaining = status === "running" ? remainingSeconds(state) : undefined;
  const rate = state.epochs.at(-1)?.examplesPerSecond ?? position?.examplesPerSecond;
  const figures: [string, string, string][] = [];
  const epoch = epochWords(state);
  if (position) figures.push([epoch.name, t("{0} of {1}", position.epoch, position.epochs), epoch.help]);
  if (state.download && isActive(status)) {
    const { done, total, file } = state.download;
    const megabytes = (bytes: number): string => formatCount(Math.round(bytes / 1e6));
    figures.push([
      t("Downloaded"),
      t("{0} of {1} MB", megabytes(done), megabytes(total)),
      t("{0}: downloaded once, and kept for all runs.", file),
    ]);
  }
  for (const [name, value] of Object.entries(latestMetrics(state))) {
    figures.push([
      name,
      formatMetric(name, value),
      name.startsWith("val_") ? t("On the validation data, after the last epoch.") : t("On the training data."),
    ]);
  }
  figures.push([
    t("Elapsed"),
    formatDuration(state.activeSeconds + running),
    t("Time that training has taken, pauses left out."),
  ]);
  if (remaining !== undefined)
    figures.push([t("Remaining"), formatDuration(remaining), t("Estimated from the last epoch.")]);
  if (rate !== undefined)
    figures.push([t("Examples/s"), formatCount(rate), t("Training examples a second, validation included.")]);
  return (
    <dl class="figures">
      {figures.map(([name, value, title]) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Why it is over before its end, and warnings. */
function Trouble({ state, status }: HeaderProps & { status: RunStatus }): JSX.Element | null {
  const failure = state.phase.kind === "ended" ? state.phase.error : undefined;
  const warnings = state.logs.filter(({ level, message }) => level !== "info" && message !== failure?.message);
  const crashed = status === "crashed";
  if (!failure && !crashed && warnings.length === 0) return null;
  return (
    <div class="trouble" role="alert">
      {failure ? (
        <p class="failure">
          <strong>{failure.message}</strong> {failure.advice}
        </p>
      ) : null}
      {crashed ? (
        <p class="failure">
          <strong>{t("The training process is gone without a word.")}</strong>{" "}
          {state.checkpoint ? t("Resume goes on from the last checkpoint.") : t("Its output may say why.")}
        </p>
      ) : null}
      {warnings.map(({ message, time }) => (
        <p key={`${time} ${message}`}>{message}</p>
      ))}
    </div>
  );
}

function Verbs({ state, onVerb, status }: HeaderProps & { status: RunStatus }): JSX.Element {
  const active = isActive(status);
  const verbs: { verb: RunVerb; text: string; icon: string; when: boolean; primary?: boolean }[] = [
    { verb: "stop", text: t("Stop"), icon: "debug-stop", when: active && status !== "stopping", primary: true },
    { verb: "resume", text: t("Resume"), icon: "debug-continue", when: canResume(state, status), primary: true },
    {
      verb: "explain",
      text: t("Explain"),
      icon: "lightbulb",
      when: !active && state.savedModel !== undefined,
      primary: true,
    },
    { verb: "rerun", text: t("Rerun"), icon: "refresh", when: !active },
    { verb: "openRecipe", text: t("Open Recipe"), icon: "file-code", when: true },
    { verb: "openOutput", text: t("Output"), icon: "output", when: true },
    { verb: "reveal", text: t("Reveal Files"), icon: "folder-opened", when: true },
  ];
  return (
    <div class="verbs" role="group" aria-label={t("What to do with this run")}>
      {verbs
        .filter(({ when }) => when)
        .map(({ verb, text, icon, primary }) => (
          <vscode-button key={verb} appearance={primary ? "primary" : "secondary"} onClick={() => onVerb(verb)}>
            {text}
            <span slot="start" class={`codicon codicon-${icon}`} />
          </vscode-button>
        ))}
    </div>
  );
}
