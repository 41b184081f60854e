/** The Sweep panels: one a sweep, which show what its file and its trials' runs say. */
import path from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { HostError, type Messages } from "../host/errors";
import { type Sweep, SWEEP_FILES, sweepStatus, trialRows } from "../protocol/sweep";
import { type HostToSweep, type SweepState, SweepToHost } from "../protocol/sweepMessages";
import type { Run } from "../runs/run";
import type { Runs } from "../runs/runs";
import type { Sweeps } from "../runs/sweeps";
import { webviewHtml, webviewOptions } from "./webviewHtml";
import { dispatch, preparePanel, subjectOf } from "./webviewMessages";

export const SWEEP_VIEW_TYPE = "trainlens.sweep";

/** Between two looks at a sweep while its panel can be seen, ms. */
const LOOK_INTERVAL = 500;

export interface SweepActions {
  openRun(run: Run): void;
}

export class SweepPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly store = new DisposableStore();
  /** By the sweep's folder. */
  private readonly panels = new Map<string, SweepPanel>();

  constructor(
    private readonly sweeps: Sweeps,
    private readonly runs: Runs,
    private readonly extensionUri: vscode.Uri,
    private readonly actions: SweepActions,
    private readonly messages: Messages,
  ) {
    this.store.add(vscode.window.registerWebviewPanelSerializer(SWEEP_VIEW_TYPE, this));
    this.store.add({ dispose: () => this.panels.forEach((panel) => panel.dispose()) });
  }

  dispose(): void {
    this.store.dispose();
  }

  /** Shows a sweep's panel, the one that is open where there is one. @param folder absolute. */
  open(folder: string): void {
    const existing = this.panels.get(folder);
    if (existing) existing.reveal();
    else
      this.show(
        folder,
        vscode.window.createWebviewPanel(
          SWEEP_VIEW_TYPE,
          panelTitle(folder),
          vscode.ViewColumn.Active,
          webviewOptions(this.extensionUri),
        ),
      );
  }

  /** After a reload of the window: the panel's subject is the sweep's folder. A panel whose sweep is gone closes. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const subject = subjectOf(state);
    const folder = (await this.sweeps.folders()).find((each) => each === subject);
    if (folder === undefined || this.panels.has(folder)) panel.dispose();
    else this.show(folder, panel);
  }

  private show(folder: string, webviewPanel: vscode.WebviewPanel): void {
    preparePanel(webviewPanel, this.extensionUri);
    const { sweeps, runs, actions, messages, extensionUri } = this;
    const panel = new SweepPanel(folder, webviewPanel, extensionUri, { sweeps, runs, actions, messages });
    this.panels.set(folder, panel);
    webviewPanel.onDidDispose(() => {
      this.panels.delete(folder);
      panel.dispose();
    });
  }
}

function panelTitle(folder: string): string {
  return vscode.l10n.t("Sweep: {0}", path.basename(folder));
}

interface PanelParts {
  sweeps: Sweeps;
  runs: Runs;
  actions: SweepActions;
  messages: Messages;
}

export class SweepPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();
  /** The webview stands: it has asked for the state. */
  private ready = false;
  private timer: NodeJS.Timeout | undefined;
  private sent = "";
  /** Runs that have been read to their trial's end. */
  private readonly settled = new Set<Run>();

  constructor(
    private readonly folder: string,
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly parts: PanelParts,
  ) {
    this.store.add(panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.store.add(panel.onDidChangeViewState(() => this.follow()));
    this.store.add({ dispose: () => clearTimeout(this.timer) });
    panel.webview.html = webviewHtml(panel.webview, extensionUri, {
      script: "sweep",
      title: panelTitle(folder),
      subject: folder,
    });
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    if (this.store.isDisposed) return;
    this.store.dispose();
    this.panel.dispose();
  }

  private receive(message: unknown): void {
    const from = { schema: SweepToHost, sender: "The Sweep panel", messages: this.parts.messages };
    dispatch<SweepToHost>(message, from, {
      ready: () => {
        this.ready = true;
        this.sent = "";
        this.follow();
      },
      stop: () => this.parts.sweeps.stop(this.folder),
      resume: () => this.resume(),
      openOutput: () => vscode.window.showTextDocument(vscode.Uri.file(path.join(this.folder, SWEEP_FILES.output))),
      openRun: ({ run }) => this.openRun(run),
    });
  }

  private async resume(): Promise<void> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Going on with the sweep"),
      cancellable: true,
    };
    await vscode.window.withProgress(options, (_progress, token) => this.parts.sweeps.resume(this.folder, token));
  }

  private async openRun(id: string): Promise<void> {
    const { runs, sweeps, actions } = this.parts;
    const run = runs.get(id) ?? (await runs.adopt(sweeps.runFolder(this.folder, id)));
    if (!run) throw new HostError(vscode.l10n.t("There is no run {0}.", id), vscode.l10n.t("Was it deleted?"));
    actions.openRun(run);
  }

  /** Looks now, and again and again while the panel can be seen. */
  private follow(): void {
    clearTimeout(this.timer);
    if (!this.ready || !this.panel.visible || this.store.isDisposed) return;
    this.send()
      .catch((error: unknown) => this.parts.messages.error(error))
      .finally(() => {
        clearTimeout(this.timer);
        if (!this.store.isDisposed) this.timer = setTimeout(() => this.follow(), LOOK_INTERVAL);
      });
  }

  private async send(): Promise<void> {
    const found = await this.parts.sweeps.look(this.folder);
    const message: HostToSweep = found
      ? { type: "state", state: await this.stateOf(found.sweep, sweepStatus(found.sweep, found.facts)) }
      : {
          type: "failed",
          message: vscode.l10n.t("The sweep's folder holds no sweep of this version: {0}", this.folder),
        };
    const text = JSON.stringify(message);
    if (text === this.sent || this.store.isDisposed || !this.panel.visible) return;
    this.sent = text;
    await this.panel.webview.postMessage(message);
  }

  private async stateOf(sweep: Sweep, status: SweepState["status"]): Promise<SweepState> {
    const { runs, sweeps } = this.parts;
    const known = new Map<string, Run>();
    for (const { run: id, outcome } of sweep.trials) {
      const run = id === undefined ? undefined : await runs.adopt(sweeps.runFolder(this.folder, id));
      if (!run) continue;
      // The sweep's file was read before: of a trial that has its outcome there, all is on disk now.
      if (!this.settled.has(run)) await runs.update(run);
      if (outcome !== undefined) this.settled.add(run);
      known.set(run.id, run);
    }
    const { name, recipe, space, search, metric, goal } = sweep;
    return {
      name,
      recipe: recipe.name,
      axes: Object.entries(space).map(([axis, { kind, ...rest }]) => ({
        name: axis,
        log: kind === "range" && "log" in rest && rest.log,
      })),
      search,
      metric,
      goal,
      status,
      rows: trialRows(sweep, (id) => known.get(id)),
    };
  }
}
