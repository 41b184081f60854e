/** A list to choose from that stays until it is answered: a panel that loads takes the focus, and would close it. */
import * as vscode from "vscode";

export type PickOptions = Pick<
  vscode.QuickPickOptions,
  "title" | "placeHolder" | "matchOnDescription" | "matchOnDetail"
>;

/** @returns undefined where the user cancels. */
export async function pickOne<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: PickOptions,
): Promise<T | undefined> {
  return await vscode.window.showQuickPick(items, { ...options, ignoreFocusOut: true });
}
