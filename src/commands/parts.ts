import type * as vscode from "vscode";
import type { Messages } from "../host/errors";
import type { AugmentationPanels } from "../panels/augmentationPanel";
import type { DoctorPanels } from "../panels/doctorPanel";
import type { SweepPanels } from "../panels/sweepPanel";
import type { TrainingPanels } from "../panels/trainingPanel";
import type { BackendInstaller } from "../runs/backendInstaller";
import type { Doctor } from "../runs/doctor";
import type { Explainer } from "../runs/explainer";
import type { RunNotifications } from "../runs/runNotifications";
import type { Runs } from "../runs/runs";
import type { Sweeps } from "../runs/sweeps";
import type { Trainer } from "../runs/trainer";
import type { RecipeDiagnostics } from "./recipeDiagnostics";

/** What commands work with; the composition root makes it. */
export interface Parts {
  runs: Runs;
  trainer: Trainer;
  explainer: Explainer;
  sweeps: Sweeps;
  sweepPanels: SweepPanels;
  installer: BackendInstaller;
  panels: TrainingPanels;
  augmentationPanels: AugmentationPanels;
  doctor: Doctor;
  doctorPanels: DoctorPanels;
  diagnostics: RecipeDiagnostics;
  notifications: RunNotifications;
  messages: Messages;
  log: vscode.LogOutputChannel;
  /** Where the extension is installed. */
  extensionPath: string;
}

/** The argument is whatever the caller gave: a tree node, a run's id, a URI, nothing. */
export type Command = (parts: Parts, ...args: unknown[]) => unknown;
