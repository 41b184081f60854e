/** The panel of a `*.shap.npz` file: connects the view to the host. */
import { render } from "preact";
import type { ExplanationToHost, HostToExplanation } from "../src/protocol/explanationMessages";
import { parseChoices } from "./explanation/choices";
import "./controls/base.css";
import "./explanation/explanation.css";
import { Loading } from "./explanation/ExplanationView";
import { type ExplanationHandle, mountExplanation } from "./explanation/mount";
import { Questions } from "./explanation/questions";
import { type Exporter, type ExplanationSource, rememberSlices } from "./explanation/source";
import { connect } from "./host";
import "./toolkit";

const host = connect<ExplanationToHost, HostToExplanation>();
const root = document.getElementById("app") ?? document.body;

const questions = new Questions((message) => host.post(message));

const exporter: Exporter = {
  save: (format, suggestedName, content) => host.post({ type: "save", format, suggestedName, content }),
  copy: async (text) => {
    await questions.ask("copied", (request) => ({ type: "copy", request, text }));
  },
  viewer: () => questions.ask("standalone", (request) => ({ type: "standalone", request })),
};

let view: ExplanationHandle | undefined;

type Handlers = { [T in HostToExplanation["type"]]: (message: Extract<HostToExplanation, { type: T }>) => void };

const handlers: Handlers = {
  snapshot: ({ header, inRun }) => {
    const source: ExplanationSource = {
      header,
      slice: rememberSlices((outputIndex) =>
        questions.ask("slice", (request) => ({ type: "slice", request, outputIndex })),
      ),
    };
    view = mountExplanation(root, source, {
      exporter,
      choices: parseChoices(host.getState()),
      onChoices: (choices) => host.setState(choices),
      onOpenRun: inRun ? () => host.post({ type: "openRun" }) : undefined,
    });
  },
  slice: (answer) => questions.answered(answer),
  copied: (answer) => questions.answered(answer),
  standalone: (answer) => questions.answered(answer),
  refused: (answer) => questions.answered(answer),
  failed: ({ message }) => {
    view?.dispose();
    view = undefined;
    render(
      <main>
        <p class="message error" role="alert">
          {message}
        </p>
      </main>,
      root,
    );
  },
};

host.listen((message) => (handlers[message.type] as (message: HostToExplanation) => void)(message));
render(
  <main>
    <Loading />
  </main>,
  root,
);
host.post({ type: "ready" });
