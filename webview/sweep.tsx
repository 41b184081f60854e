/** The Sweep panel: draws the state that the host sends. */
import { render } from "preact";
import type { HostToSweep, SweepState, SweepToHost } from "../src/protocol/sweepMessages";
import "./controls/base.css";
import { connect } from "./host";
import { t } from "./l10n";
import "./sweep/sweep.css";
import { type Sorting, parseSorting, sortBy } from "./sweep/rows";
import { SweepView } from "./sweep/SweepView";
import "./toolkit";

const host = connect<SweepToHost, HostToSweep>();
const root = document.getElementById("app") ?? document.body;

let state: SweepState | undefined;
/** Why there is nothing to show. */
let failure: string | undefined;
let sorting: Sorting = parseSorting(host.getState());
let highlighted: string | undefined;

let frame: number | undefined;

/** With the next frame: a line that loses the focus while it is drawn must not have it drawn within that. */
function draw(): void {
  frame ??= requestAnimationFrame(() => {
    frame = undefined;
    drawNow();
  });
}

function drawNow(): void {
  if (failure !== undefined || !state) {
    render(
      <main>
        {failure === undefined ? (
          <p class="empty">
            <vscode-progress-ring /> {t("Reading the sweep…")}
          </p>
        ) : (
          <p class="trouble" role="alert">
            {failure}
          </p>
        )}
      </main>,
      root,
    );
    return;
  }
  render(
    <SweepView
      state={state}
      sorting={sorting}
      highlighted={highlighted}
      onSort={(column) => {
        sorting = sortBy(column, sorting);
        host.setState(sorting);
        draw();
      }}
      onHighlight={(run) => {
        if (run === highlighted) return;
        highlighted = run;
        draw();
      }}
      onAsk={(message) => host.post(message)}
    />,
    root,
  );
}

type Handlers = { [T in HostToSweep["type"]]: (message: Extract<HostToSweep, { type: T }>) => void };

const handlers: Handlers = {
  state: (message) => {
    failure = undefined;
    state = message.state;
  },
  failed: ({ message }) => (failure = message),
};

host.listen((message) => {
  (handlers[message.type] as (message: HostToSweep) => void)(message);
  draw();
});
draw();
host.post({ type: "ready" });
