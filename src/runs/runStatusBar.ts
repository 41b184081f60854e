import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { progressText } from "./runText";
import type { Runs } from "./runs";

/** What trains now, at the bottom of the window: there only while something does. */
export class RunStatusBar implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly item: vscode.StatusBarItem;

  constructor(private readonly runs: Runs) {
    this.item = this.store.add(vscode.window.createStatusBarItem("trainlens.training", vscode.StatusBarAlignment.Left));
    this.item.name = vscode.l10n.t("TrainLens: training");
    this.store.add(runs.onDidChange(() => this.show()));
    this.show();
  }

  dispose(): void {
    this.store.dispose();
  }

  private show(): void {
    const active = this.runs.active.filter((run) => run.loaded);
    const [only] = active;
    if (!only) {
      this.item.hide();
      return;
    }
    const texts = active.map((run) => `${run.manifest.recipe.name}: ${progressText(run)}`);
    this.item.text =
      active.length === 1 ? `$(sync~spin) ${texts[0]}` : `$(sync~spin) ${vscode.l10n.t("{0} runs", active.length)}`;
    this.item.tooltip = texts.join("\n");
    this.item.command =
      active.length === 1
        ? { command: "trainlens.openRun", title: vscode.l10n.t("Open Training Panel"), arguments: [only.id] }
        : "trainlens.runs.focus";
    this.item.accessibilityInformation = { label: texts.join(", ") };
    this.item.show();
  }
}
