/** The Training panels: one a run, rebuilt from the run folder whenever the webview asks. */
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import type { Messages } from "../host/errors";
import type { RunEvent } from "../protocol/events";
import { usesNvidia } from "../protocol/nvidiaSmi";
import { type HostToTraining, type RunVerb, TrainingToHost } from "../protocol/trainingMessages";
import { RUN_FILES } from "../protocol/runFolder";
import type { Hyperparameter } from "../protocol/runManifest";
import { encodeMessage } from "../protocol/wire";
import { EventTail, readTreeModel } from "../runFolder";
import type { GpuSource } from "../runs/gpuMonitor";
import type { Run } from "../runs/run";
import type { Runs } from "../runs/runs";
import { webviewHtml, webviewOptions } from "./webviewHtml";
import { dispatch, preparePanel, subjectOf } from "./webviewMessages";

export const TRAINING_VIEW_TYPE = "trainlens.training";

/** Between two messages of events, ms. */
const BATCH_INTERVAL = 100;

/** What the user asks for in a panel. */
export interface PanelActions {
  verb(verb: RunVerb, run: Run): void;
  /** A new run with these hyperparameters in place of the run's. */
  runAgain(run: Run, set: Readonly<Record<string, Hyperparameter>>): void;
  /** `path` is relative to the run folder. */
  openExplanation(run: Run, path: string): void;
  /** What keeps the better backends from working? */
  doctor(): void;
}

export class TrainingPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly panels = new Map<string, TrainingPanel>();

  constructor(
    private readonly runs: Runs,
    private readonly extensionUri: vscode.Uri,
    private readonly actions: PanelActions,
    private readonly gpus: GpuSource,
    private readonly messages: Messages,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store.add(vscode.window.registerWebviewPanelSerializer(TRAINING_VIEW_TYPE, this));
    this.store.add(runs.onDidChange((run) => run && this.panels.get(run.id)?.changed()));
    this.store.add(runs.onDidRemove((run) => this.panels.get(run.id)?.dispose()));
    this.store.add({ dispose: () => this.panels.forEach((panel) => panel.dispose()) });
  }

  dispose(): void {
    this.store.dispose();
  }

  /** Shows a run's panel, the one that is open where there is one. Opened beside, it leaves the focus where it is. */
  open(run: Run, column: vscode.ViewColumn = vscode.ViewColumn.Active): void {
    const existing = this.panels.get(run.id);
    if (existing) existing.reveal();
    else
      this.show(
        run,
        vscode.window.createWebviewPanel(
          TRAINING_VIEW_TYPE,
          panelTitle(run),
          { viewColumn: column, preserveFocus: column === vscode.ViewColumn.Beside },
          webviewOptions(this.extensionUri),
        ),
      );
  }

  /** After a reload of the window: the panel's subject is the run's id. A panel whose run is gone closes. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const subject = subjectOf(state);
    if (subject !== undefined && !this.runs.get(subject)) await this.runs.refresh();
    const run = subject === undefined ? undefined : this.runs.get(subject);
    if (!run || this.panels.has(run.id)) panel.dispose();
    else this.show(run, panel);
  }

  private show(run: Run, webviewPanel: vscode.WebviewPanel): void {
    preparePanel(webviewPanel, this.extensionUri);
    const panel = new TrainingPanel(
      run,
      webviewPanel,
      this.actions,
      this.extensionUri,
      this.gpus,
      this.messages,
      this.log,
    );
    this.panels.set(run.id, panel);
    webviewPanel.onDidDispose(() => {
      this.panels.delete(run.id);
      panel.dispose();
    });
  }
}

function panelTitle(run: Run): string {
  return vscode.l10n.t("Training: {0}", run.manifest.recipe.name);
}

/**
 * One panel. It reads the run's events by a tail of its own: a snapshot is the tail from the start, what follows is
 * the tail from there, so the two can neither overlap nor leave a gap.
 */
export class TrainingPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();
  /** The webview stands: it has asked for a snapshot. */
  private ready = false;
  /** Undefined where the next message must be a snapshot. */
  private tail: EventTail | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private sentFacts = "";
  /** While the run's card is watched. */
  private watching: { dispose(): void } | undefined;
  private sentManifest: Run["manifest"] | undefined;

  constructor(
    private readonly run: Run,
    private readonly panel: vscode.WebviewPanel,
    private readonly actions: PanelActions,
    extensionUri: vscode.Uri,
    private readonly gpus: GpuSource,
    private readonly messages: Messages,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store.add(panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.store.add(panel.onDidChangeViewState(() => this.changed()));
    this.store.add({ dispose: () => clearTimeout(this.timer) });
    this.store.add({ dispose: () => this.watching?.dispose() });
    panel.webview.html = webviewHtml(panel.webview, extensionUri, {
      script: "training",
      title: panelTitle(run),
      subject: run.id,
    });
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** Sends what is new, soon, where it can be seen; a hidden webview is gone and asks again when it is back. */
  changed(): void {
    this.watchGpu();
    if (!this.panel.visible || !this.ready || this.timer !== undefined || this.store.isDisposed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.inTurn(() => this.sendNews());
    }, BATCH_INTERVAL);
  }

  dispose(): void {
    if (this.store.isDisposed) return;
    this.store.dispose();
    this.panel.dispose();
  }

  /** Watches the cards while the panel can be seen and its run works on one of this machine's. */
  private watchGpu(): void {
    const { run } = this;
    const { backend } = run.state;
    const wanted =
      this.ready && this.panel.visible && run.isActive && run.pid !== undefined && backend && usesNvidia(backend);
    if (wanted) this.watching ??= this.gpus.subscribe((samples) => void this.post({ type: "gpu", samples }));
    else this.unwatchGpu();
  }

  private unwatchGpu(): void {
    this.watching?.dispose();
    this.watching = undefined;
  }

  private receive(message: unknown): void {
    const from = { schema: TrainingToHost, sender: "The Training panel", messages: this.messages };
    dispatch<TrainingToHost>(message, from, {
      ready: () => {
        this.ready = true;
        // A webview that stands anew has no samples.
        this.unwatchGpu();
        this.inTurn(async () => {
          await this.sendSnapshot();
          this.watchGpu();
        });
      },
      verb: ({ verb }) => this.actions.verb(verb, this.run),
      runAgain: ({ set }) => this.actions.runAgain(this.run, set),
      openExplanation: ({ path }) => this.actions.openExplanation(this.run, path),
      doctor: () => this.actions.doctor(),
    });
  }

  /** One message after the other: a tail must not be read twice at a time. One that fails does not hold up the next. */
  private inTurn(send: () => Promise<void>): void {
    this.sending = this.sending.then(send).catch((error: unknown) => this.failed(error));
  }

  /** What was read and did not arrive comes again: with the next change the webview gets everything. */
  private async failed(error: unknown): Promise<void> {
    this.tail = undefined;
    if (this.store.isDisposed) return;
    this.log.error(`The Training panel of ${this.run.id} cannot be brought up to date: ${String(error)}`);
    const reason = error instanceof Error ? error.message : String(error);
    const message = vscode.l10n.t("The run cannot be shown: {0}", reason);
    await this.post({ type: "failed", message }).catch(() => undefined);
  }

  private async sendSnapshot(): Promise<void> {
    this.tail = undefined;
    const tail = new EventTail(this.run.path(RUN_FILES.events));
    const events = await tail.read();
    const { manifest, facts } = this.run;
    await this.post({ type: "snapshot", manifest, events, facts });
    await this.sendTrees(events);
    this.tail = tail;
    this.sentManifest = manifest;
    this.sentFacts = JSON.stringify(facts);
  }

  private async sendNews(): Promise<void> {
    if (!this.panel.visible) return;
    if (!this.tail || this.run.manifest !== this.sentManifest) return await this.sendSnapshot();
    const events = await this.tail.read();
    if (events.length > 0) await this.post({ type: "events", events });
    await this.sendTrees(events);
    const facts = JSON.stringify(this.run.facts);
    if (facts === this.sentFacts) return;
    await this.post({ type: "facts", facts: this.run.facts });
    this.sentFacts = facts;
  }

  /** The run's trees, where these events tell that they were saved. */
  private async sendTrees(events: readonly RunEvent[]): Promise<void> {
    const saved = events.findLast((event) => event.type === "saved");
    if (saved?.path !== RUN_FILES.treesJson) return;
    try {
      await this.post({ type: "trees", trees: { model: await readTreeModel(this.run.path(RUN_FILES.treesJson)) } });
    } catch (error) {
      this.log.error(`The trees of ${this.run.id} cannot be read: ${String(error)}`);
      const reason = error instanceof Error ? error.message : String(error);
      await this.post({ type: "trees", trees: { failure: vscode.l10n.t("The trees cannot be shown: {0}", reason) } });
    }
  }

  private async post(message: HostToTraining): Promise<void> {
    if (!this.store.isDisposed) await this.panel.webview.postMessage(encodeMessage(message));
  }
}
