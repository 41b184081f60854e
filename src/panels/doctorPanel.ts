/** The doctor's panel: there is one, and it shows the doctor's state. */
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import type { Messages } from "../host/errors";
import { DoctorToHost, type HostToDoctor } from "../protocol/doctorMessages";
import { doctorText } from "../protocol/doctorText";
import type { InstallRequest } from "../protocol/doctorReport";
import type { Doctor } from "../runs/doctor";
import { webviewHtml, webviewOptions } from "./webviewHtml";
import { dispatch, preparePanel } from "./webviewMessages";

export const DOCTOR_VIEW_TYPE = "trainlens.doctor";

export interface DoctorActions {
  /** Gives undefined where nothing was installed. */
  install(request: InstallRequest): Thenable<unknown>;
}

export class DoctorPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly store = new DisposableStore();
  private panel: DoctorPanel | undefined;

  constructor(
    private readonly doctor: Doctor,
    private readonly extensionUri: vscode.Uri,
    private readonly actions: DoctorActions,
    private readonly messages: Messages,
  ) {
    this.store.add(vscode.window.registerWebviewPanelSerializer(DOCTOR_VIEW_TYPE, this));
    this.store.add({ dispose: () => this.panel?.dispose() });
  }

  dispose(): void {
    this.store.dispose();
  }

  open(): void {
    if (this.panel) this.panel.reveal();
    else
      this.show(
        vscode.window.createWebviewPanel(
          DOCTOR_VIEW_TYPE,
          panelTitle(),
          vscode.ViewColumn.Active,
          webviewOptions(this.extensionUri),
        ),
      );
  }

  /** After a reload of the window: with the last report, and no new visit that nobody asked for. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.panel) panel.dispose();
    else this.show(panel);
  }

  private show(webviewPanel: vscode.WebviewPanel): void {
    preparePanel(webviewPanel, this.extensionUri);
    this.panel = new DoctorPanel(this.doctor, webviewPanel, this.extensionUri, this.actions, this.messages);
    webviewPanel.onDidDispose(() => {
      this.panel?.dispose();
      this.panel = undefined;
      // Nobody would see the report.
      this.doctor.cancel();
    });
  }
}

function panelTitle(): string {
  return vscode.l10n.t("TrainLens Doctor");
}

export class DoctorPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();

  constructor(
    private readonly doctor: Doctor,
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly actions: DoctorActions,
    private readonly messages: Messages,
  ) {
    this.store.add(panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.store.add(doctor.onDidChange(() => this.send()));
    panel.webview.html = webviewHtml(panel.webview, extensionUri, { script: "doctor", title: panelTitle() });
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
    const from = { schema: DoctorToHost, sender: "The doctor's panel", messages: this.messages };
    dispatch<DoctorToHost>(message, from, {
      ready: () => this.send(),
      run: () => this.doctor.run(),
      cancel: () => this.doctor.cancel(),
      copy: () => this.copy(),
      install: ({ request }) => this.install(request),
    });
  }

  private async install(request: InstallRequest): Promise<void> {
    if ((await this.actions.install(request)) !== undefined) await this.doctor.run();
  }

  private async copy(): Promise<void> {
    const { report } = this.doctor.state;
    if (!report) return;
    await vscode.env.clipboard.writeText(doctorText(report));
    this.post({ type: "copied" });
  }

  private send(): void {
    this.post({ type: "state", state: this.doctor.state });
  }

  /** A webview that is hidden is gone, and asks again when it is back. */
  private post(message: HostToDoctor): void {
    if (!this.store.isDisposed && this.panel.visible) void this.panel.webview.postMessage(message);
  }
}
