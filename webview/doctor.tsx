/** The doctor's panel: draws the state that the host sends. */
import { render } from "preact";
import type { DoctorState, DoctorToHost, HostToDoctor } from "../src/protocol/doctorMessages";
import "./controls/base.css";
import { DoctorView } from "./doctor/DoctorView";
import "./doctor/doctor.css";
import { connect } from "./host";
import "./toolkit";

/** How long a button says that the report is copied, ms. */
const SAID = 2000;

const host = connect<DoctorToHost, HostToDoctor>();
const root = document.getElementById("app") ?? document.body;

let state: DoctorState | undefined;
let copied: ReturnType<typeof setTimeout> | undefined;

function draw(): void {
  if (!state) return;
  render(<DoctorView state={state} copied={copied !== undefined} onAsk={(message) => host.post(message)} />, root);
}

type Handlers = { [T in HostToDoctor["type"]]: (message: Extract<HostToDoctor, { type: T }>) => void };

const handlers: Handlers = {
  state: (message) => (state = message.state),
  copied: () => {
    clearTimeout(copied);
    copied = setTimeout(() => {
      copied = undefined;
      draw();
    }, SAID);
  },
};

host.listen((message) => {
  (handlers[message.type] as (message: HostToDoctor) => void)(message);
  draw();
});
host.post({ type: "ready" });
