/** The composition root: builds the parts and passes them in. */
import * as vscode from "vscode";
import { registerCommands } from "./commands";
import type { Parts } from "./commands/parts";
import { RecipeDiagnostics } from "./commands/recipeDiagnostics";
import { RecipeEditors } from "./commands/recipeEditors";
import { DisposableStore } from "./host/disposableStore";
import { Messages } from "./host/errors";
import { AugmentationPanels } from "./panels/augmentationPanel";
import { type DoctorActions, DoctorPanels } from "./panels/doctorPanel";
import { ExplanationEditor } from "./panels/explanationEditor";
import { SweepPanels } from "./panels/sweepPanel";
import { type PanelActions, TrainingPanels } from "./panels/trainingPanel";
import type { RunVerb } from "./protocol/trainingMessages";
import { BackendInstaller } from "./runs/backendInstaller";
import { Doctor } from "./runs/doctor";
import { Explainer } from "./runs/explainer";
import { GpuMonitor } from "./runs/gpuMonitor";
import { RecipeChecker } from "./runs/recipeChecker";
import type { Run } from "./runs/run";
import { RunNotifications } from "./runs/runNotifications";
import { RunStatusBar } from "./runs/runStatusBar";
import { RunTree } from "./runs/runTree";
import { Runs } from "./runs/runs";
import { StopGuard } from "./runs/stopRun";
import { Sweeps } from "./runs/sweeps";
import { Trainer } from "./runs/trainer";

/** What the extension's own tests look at. */
export interface TrainLensApi {
  runs: Runs;
  /** Milliseconds that activation took of its own. */
  activationMs: number;
}

export function activate(context: vscode.ExtensionContext): TrainLensApi {
  const began = performance.now();
  const store = new DisposableStore();
  context.subscriptions.push(store);
  const { extensionUri, extensionPath } = context;

  const log = store.add(vscode.window.createOutputChannel("TrainLens", { log: true }));
  const messages = new Messages(log);
  const runs = store.add(new Runs(log));
  store.add(new StopGuard(runs, log));
  store.add(new RunTree(runs));
  store.add(new RunStatusBar(runs));
  const checker = store.add(new RecipeChecker(extensionPath, log));
  const diagnostics = store.add(new RecipeDiagnostics(checker, log));
  store.add(new RecipeEditors(runs, diagnostics, log));
  const notifications = store.add(new RunNotifications(runs, messages));
  const gpus = store.add(new GpuMonitor({ log: (message) => log.info(message) }));
  const panels = store.add(new TrainingPanels(runs, extensionUri, panelActions, gpus, messages, log));
  store.add(new ExplanationEditor(extensionUri, messages));
  const trainer = new Trainer(runs, extensionPath, log);
  const sweeps = new Sweeps(extensionPath, log);
  const openRun = { openRun: (run: Run): void => panels.open(run, vscode.ViewColumn.Beside) };
  const sweepPanels = store.add(new SweepPanels(sweeps, runs, extensionUri, openRun, messages));
  const explainer = store.add(new Explainer(extensionPath, log));
  const installer = store.add(new BackendInstaller(extensionPath, log));
  const doctor = store.add(new Doctor(extensionPath, context.workspaceState, log));
  const doctorPanels = store.add(new DoctorPanels(doctor, extensionUri, doctorActions, messages));
  const augmentationPanels = store.add(new AugmentationPanels(extensionUri, messages, log));
  const parts: Parts = {
    runs,
    trainer,
    explainer,
    sweeps,
    sweepPanels,
    installer,
    panels,
    augmentationPanels,
    doctor,
    doctorPanels,
    diagnostics,
    notifications,
    messages,
    log,
    extensionPath,
  };
  store.add(registerCommands(parts));

  const activationMs = performance.now() - began;
  log.info(`Activated in ${activationMs.toFixed(1)} ms.`);
  // Finds the runs that went on while the window was away; not part of becoming ready.
  setTimeout(() => void runs.start(), 0);
  return { runs, activationMs };
}

const VERB_COMMANDS: Record<RunVerb, string> = {
  stop: "trainlens.stopRun",
  resume: "trainlens.resumeRun",
  rerun: "trainlens.rerunRun",
  explain: "trainlens.explainRun",
  reveal: "trainlens.revealRun",
  openOutput: "trainlens.openOutput",
  openRecipe: "trainlens.openRecipe",
};

const doctorActions: DoctorActions = {
  install: (request) => vscode.commands.executeCommand("trainlens.installBackend", request),
};

/** A button in a panel is the command of that name. */
const panelActions: PanelActions = {
  runAgain: (run, set) => void vscode.commands.executeCommand("trainlens.rerunRun", run.id, { set }),
  verb: (verb, run) => void vscode.commands.executeCommand(VERB_COMMANDS[verb], run.id),
  doctor: () => void vscode.commands.executeCommand("trainlens.doctor"),
  openExplanation: (run, file) => void vscode.commands.executeCommand("trainlens.openExplanation", run.path(file)),
};
