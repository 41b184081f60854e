/** The Training panel: folds the run's events and draws them. */
import { render } from "preact";
import { type GpuSample, keepRecent } from "../src/protocol/nvidiaSmi";
import { type ProcessFacts, type RunState, initialRunState, runReducer } from "../src/protocol/reducer";
import type { RunManifest } from "../src/protocol/runManifest";
import type { HostToTraining, TrainingToHost } from "../src/protocol/trainingMessages";
import { connect } from "./host";
import { t } from "./l10n";
import "./toolkit";
import { type Choices, parseChoices } from "./training/choices";
import "./controls/base.css";
import "./training/training.css";
import { TrainingView } from "./training/TrainingView";
import type { ShownTrees } from "./training/Trees";

/** A run that is active is drawn anew this often though nothing has come: its clock goes on, ms. */
const TICK = 1000;

const host = connect<TrainingToHost, HostToTraining>();
const root = document.getElementById("app") ?? document.body;

interface Shown {
  manifest: RunManifest;
  state: RunState;
  facts: ProcessFacts;
}

let shown: Shown | undefined;
/** Why there is nothing to show. */
let failure: string | undefined;
/** NVIDIA's cards, where the run uses one. */
let gpu: GpuSample[] = [];
/** Of a run whose model is of trees. */
let trees: ShownTrees | undefined;
let choices: Choices = parseChoices(host.getState());

function draw(): void {
  if (failure !== undefined) {
    render(
      <main>
        <p class="note warning" role="alert">
          {failure}
        </p>
      </main>,
      root,
    );
    return;
  }
  if (!shown) {
    render(
      <main>
        <p class="empty">
          <vscode-progress-ring /> {t("Reading the run…")}
        </p>
      </main>,
      root,
    );
    return;
  }
  render(
    <TrainingView
      {...shown}
      gpu={gpu}
      trees={trees}
      now={Date.now()}
      choices={choices}
      onChoices={(change) => {
        choices = { ...choices, ...change };
        host.setState(choices);
        draw();
      }}
      onVerb={(verb) => host.post({ type: "verb", verb })}
      onRunAgain={(set) => host.post({ type: "runAgain", set })}
      onOpenExplanation={(path) => host.post({ type: "openExplanation", path })}
      onDoctor={() => host.post({ type: "doctor" })}
    />,
    root,
  );
}

type Handlers = { [T in HostToTraining["type"]]: (message: Extract<HostToTraining, { type: T }>) => void };

const handlers: Handlers = {
  gpu: ({ samples }) => (gpu = keepRecent(gpu, samples, Date.now())),
  snapshot: ({ manifest, events, facts }) => {
    failure = undefined;
    trees = undefined;
    shown = { manifest, state: events.reduce(runReducer, initialRunState), facts };
  },
  events: ({ events }) => {
    if (shown) shown = { ...shown, state: events.reduce(runReducer, shown.state) };
  },
  facts: ({ facts }) => {
    if (shown) shown = { ...shown, facts };
  },
  trees: (message) => (trees = message.trees),
  failed: ({ message }) => {
    failure = message;
  },
};

host.listen((message) => {
  (handlers[message.type] as (message: HostToTraining) => void)(message);
  draw();
});
setInterval(() => {
  if (shown?.facts.alive) draw();
}, TICK);
draw();
host.post({ type: "ready" });
