/** Messages between the host and the doctor's panel. */
import * as v from "valibot";
import { type DoctorReport, InstallRequest } from "./doctorReport";

/** What the panel's webview may say; checked by the host. */
export const DoctorToHost = v.variant("type", [
  /** The webview stands (again): the host answers with the state. */
  v.object({ type: v.literal("ready") }),
  v.object({ type: v.literal("run") }),
  v.object({ type: v.literal("cancel") }),
  /** Put the report on the clipboard, as a text. */
  v.object({ type: v.literal("copy") }),
  v.object({ type: v.literal("install"), request: InstallRequest }),
]);
export type DoctorToHost = v.InferOutput<typeof DoctorToHost>;

/** Which backend is being tried. */
export interface DoctorProgress {
  /** From 1. */
  step: number;
  steps: number;
  /** Its name; "auto" lets the ladder choose. */
  backend: string;
}

/** All that the panel shows. */
export interface DoctorState {
  /** The last one that there was. */
  report?: DoctorReport;
  /** While the doctor works. */
  progress?: DoctorProgress;
  /** Why the last attempt gave no report. */
  failure?: { message: string; advice?: string };
}

export type HostToDoctor =
  | { type: "state"; state: DoctorState }
  /** The report is on the clipboard. */
  | { type: "copied" };
