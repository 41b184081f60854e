/** The composition root: builds the parts and passes them in. */
import * as vscode from "vscode";
import { DisposableStore } from "./host/disposableStore";

export function activate(context: vscode.ExtensionContext): void {
  const began = performance.now();
  const store = new DisposableStore();
  context.subscriptions.push(store);
  const log = store.add(vscode.window.createOutputChannel("TrainLens", { log: true }));
  store.add(vscode.commands.registerCommand("trainlens.showLog", () => log.show()));
  log.info(`Activated in ${(performance.now() - began).toFixed(1)} ms.`);
}
