/** The panel of a `*.shap.npz` file: connects the view to the host. */
import { render } from "preact";
import type { ExplanationToHost, HostToExplanation } from "../src/protocol/explanationMessages";
import { parseChoices } from "./explanation/choices";
import "./controls/base.css";
import "./explanation/explanation.css";
import type { Notice } from "./explanation/ExportBar";
import { Loading } from "./explanation/ExplanationView";
import { type ExplanationHandle, type ExplanationOptions, mountExplanation } from "./explanation/mount";
import { type Exporter, type ExplanationSource, type LoadedSlice, rememberSlices } from "./explanation/source";
import { connect } from "./host";
import type { Viewer } from "./plots/htmlDocument";
import "./toolkit";

const host = connect<ExplanationToHost, HostToExplanation>();
const root = document.getElementById("app") ?? document.body;

const waiting = new Map<number, (slice: LoadedSlice) => void>();
const viewers: ((viewer: Viewer) => void)[] = [];
let requests = 0;

const exporter: Exporter = {
  save: (format, suggestedName, content) => host.post({ type: "save", format, suggestedName, content }),
  copy: (text) => Promise.resolve(host.post({ type: "copy", text })),
  viewer: () =>
    new Promise((resolve) => {
      viewers.push(resolve);
      host.post({ type: "standalone" });
    }),
};

let view: ExplanationHandle | undefined;

const options = (notice?: Notice): ExplanationOptions => ({
  exporter,
  choices: parseChoices(host.getState()),
  onChoices: (choices) => host.setState(choices),
  notice,
});

type Handlers = { [T in HostToExplanation["type"]]: (message: Extract<HostToExplanation, { type: T }>) => void };

const handlers: Handlers = {
  snapshot: ({ header }) => {
    const source: ExplanationSource = {
      header,
      slice: rememberSlices(
        (outputIndex) =>
          new Promise((resolve) => {
            const request = ++requests;
            waiting.set(request, resolve);
            host.post({ type: "slice", request, outputIndex });
          }),
      ),
    };
    view = mountExplanation(root, source, options());
  },
  slice: ({ request, slice, omitted }) => {
    waiting.get(request)?.({ slice, omitted });
    waiting.delete(request);
  },
  standalone: ({ script, style }) => {
    for (const resolve of viewers.splice(0)) resolve({ script, style });
  },
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
  notice: ({ level, message }) => view?.update(options({ level, message })),
};

host.listen((message) => (handlers[message.type] as (message: HostToExplanation) => void)(message));
render(
  <main>
    <Loading />
  </main>,
  root,
);
host.post({ type: "ready" });
