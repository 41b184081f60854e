/** The Training panel: renders a state, keeps none. */
import type { JSX } from "preact";
import type { GpuSample } from "../../src/protocol/nvidiaSmi";
import { type ProcessFacts, type RunState, isActive, runStatus } from "../../src/protocol/reducer";
import type { Hyperparameter, RunManifest } from "../../src/protocol/runManifest";
import type { RunVerb } from "../../src/protocol/trainingMessages";
import { t } from "../l10n";
import type { Choices } from "./choices";
import { Comparison } from "./Comparison";
import { Curves } from "./Curves";
import { Details } from "./Details";
import { formatDuration } from "./format";
import { Gpu } from "./Gpu";
import { Header } from "./Header";
import { Hyperparameters } from "./Hyperparameters";
import { Results } from "./Results";
import { Samples } from "./Samples";
import { type ShownTrees, Trees } from "./Trees";

export interface TrainingViewProps {
  manifest: RunManifest;
  state: RunState;
  facts: ProcessFacts;
  /** Of the last minutes; none where the run uses no card of NVIDIA's. */
  gpu: readonly GpuSample[];
  trees: ShownTrees | undefined;
  now: number;
  choices: Choices;
  onChoices: (change: Partial<Choices>) => void;
  onVerb: (verb: RunVerb) => void;
  onRunAgain: (set: Record<string, Hyperparameter>) => void;
  onOpenExplanation: (path: string) => void;
  onDoctor: () => void;
}

export function TrainingView(props: TrainingViewProps): JSX.Element {
  const { state, facts, choices, onChoices } = props;
  return (
    <main>
      <Header {...props} />
      <Gpu {...props} />
      <Explanations {...props} />
      <Curves state={state} active={isActive(runStatus(state, facts))} choices={choices} onChange={onChoices} />
      <Samples state={state} />
      <Trees trees={props.trees} chosen={choices.tree} onChoose={(tree) => onChoices({ tree })} />
      {state.evaluation ? <Results evaluation={state.evaluation} /> : null}
      {state.comparison ? <Comparison comparison={state.comparison} /> : null}
      <Hyperparameters {...props} />
      <Details {...props} />
    </main>
  );
}

function Explanations({ state, onOpenExplanation }: TrainingViewProps): JSX.Element | null {
  if (state.explanations.length === 0) return null;
  return (
    <section aria-label={t("Explanations")}>
      <h2>{t("Explanations")}</h2>
      <ul class="explanations">
        {state.explanations.map(({ path, name, samples, background, seconds }) => (
          <li key={path}>
            <vscode-button appearance="secondary" onClick={() => onOpenExplanation(path)}>
              {name}
              <span slot="start" class="codicon codicon-lightbulb" />
            </vscode-button>
            <span class="note">
              {[
                t("{0} samples", samples),
                ...(background > 0 ? [t("background {0}", background)] : []),
                ...(seconds === undefined ? [] : [formatDuration(seconds)]),
              ].join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
