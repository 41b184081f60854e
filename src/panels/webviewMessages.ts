/** What every panel does with what its webview sends, and with a webview that it is given. */
import * as v from "valibot";
import * as vscode from "vscode";
import type { Messages } from "../host/errors";
import { webviewOptions } from "./webviewHtml";

/** What is done for a message of each type; a promise's rejection is shown to the user. */
export type MessageHandlers<M extends { type: string }> = {
  [T in M["type"]]: (message: Extract<M, { type: T }>) => unknown;
};

/**
 * Hands a webview's message to the handler of its type.
 *
 * @param sender for the error where the message is none of the schema's: "The Sweep panel".
 */
export function dispatch<M extends { type: string }>(
  message: unknown,
  { schema, sender, messages }: { schema: v.GenericSchema<unknown, M>; sender: string; messages: Messages },
  handlers: MessageHandlers<M>,
): void {
  const parsed = v.safeParse(schema, message);
  if (!parsed.success) {
    messages.error(new Error(`${sender} sent what it may not: ${v.summarize(parsed.issues)}`));
    return;
  }
  const { type } = parsed.output as { type: M["type"] };
  const handle = handlers[type] as (message: M) => unknown;
  Promise.resolve(handle(parsed.output)).catch((error: unknown) => messages.error(error));
}

/** Gives a panel, new or kept through a reload of the window, its rights and its icon. */
export function preparePanel(panel: vscode.WebviewPanel, extensionUri: vscode.Uri): void {
  panel.webview.options = webviewOptions(extensionUri);
  panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icon.png");
}

/** What a panel was about before the window was reloaded, from the state that it had kept. */
export function subjectOf(state: unknown): string | undefined {
  const subject = typeof state === "object" && state !== null && "subject" in state ? state.subject : undefined;
  return typeof subject === "string" ? subject : undefined;
}
