/** The panels that show augmentations: one a recipe. */
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import type { Messages } from "../host/errors";
import { AugmentationToHost, type HostToAugmentation } from "../protocol/preview";
import { recipeName } from "../protocol/runFolder";
import { AugmentationPreview } from "../runs/augmentationPreview";
import { webviewHtml, webviewOptions } from "./webviewHtml";
import { dispatch, preparePanel, subjectOf } from "./webviewMessages";

export const AUGMENTATION_VIEW_TYPE = "trainlens.augmentation";

export class AugmentationPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly panels = new Map<string, AugmentationPanel>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly messages: Messages,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store.add(vscode.window.registerWebviewPanelSerializer(AUGMENTATION_VIEW_TYPE, this));
    this.store.add({ dispose: () => this.panels.forEach((panel) => panel.dispose()) });
  }

  dispose(): void {
    this.store.dispose();
  }

  /** Shows a recipe's panel beside its editor, the one that is open where there is one. */
  open(recipe: vscode.Uri): void {
    const existing = this.panels.get(recipe.fsPath);
    if (existing) existing.reveal();
    else
      this.show(
        recipe,
        vscode.window.createWebviewPanel(
          AUGMENTATION_VIEW_TYPE,
          panelTitle(recipe),
          vscode.ViewColumn.Beside,
          webviewOptions(this.extensionUri),
        ),
      );
  }

  /** After a reload of the window: the panel's subject is the recipe's path. It runs the recipe, which needs trust. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const subject = subjectOf(state);
    if (subject === undefined || this.panels.has(subject) || !vscode.workspace.isTrusted) panel.dispose();
    else this.show(vscode.Uri.file(subject), panel);
  }

  private show(recipe: vscode.Uri, webviewPanel: vscode.WebviewPanel): void {
    preparePanel(webviewPanel, this.extensionUri);
    const preview = new AugmentationPreview(recipe, this.extensionUri.fsPath, this.log);
    const panel = new AugmentationPanel(preview, webviewPanel, this.extensionUri, this.messages);
    this.panels.set(recipe.fsPath, panel);
    webviewPanel.onDidDispose(() => {
      this.panels.delete(recipe.fsPath);
      panel.dispose();
    });
  }
}

function panelTitle(recipe: vscode.Uri): string {
  return vscode.l10n.t("Augmentation: {0}", recipeName(recipe.fsPath));
}

export class AugmentationPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();

  /** @param preview belongs to the panel, and ends with it. */
  constructor(
    private readonly preview: AugmentationPreview,
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly messages: Messages,
  ) {
    const { recipe } = preview;
    this.store.add(preview);
    this.store.add(preview.onDidChange(() => this.send()));
    this.store.add(panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    panel.webview.html = webviewHtml(panel.webview, extensionUri, {
      script: "augmentation",
      title: panelTitle(recipe),
      subject: recipe.fsPath,
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
    const from = { schema: AugmentationToHost, sender: "The preview's panel", messages: this.messages };
    dispatch<AugmentationToHost>(message, from, {
      ready: () => this.send(),
      show: ({ request }) => this.preview.show(request),
      write: () => this.write(),
      openRecipe: () => this.openRecipe(),
    });
  }

  private async write(): Promise<void> {
    await this.preview.write();
    await this.openRecipe();
  }

  /** In the column where it is open; else in the first, so that the panel stays in sight. */
  private async openRecipe(): Promise<void> {
    const { recipe } = this.preview;
    const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.fsPath === recipe.fsPath);
    const viewColumn = shown?.viewColumn ?? vscode.ViewColumn.One;
    await vscode.window.showTextDocument(recipe, { viewColumn, preserveFocus: true, preview: false });
  }

  /** A webview that is hidden is gone, and asks again when it is back. */
  private send(): void {
    const message: HostToAugmentation = { type: "state", state: this.preview.state };
    if (!this.store.isDisposed && this.panel.visible) void this.panel.webview.postMessage(message);
  }
}
