/** The page that every webview shares: its policy, its translations, its one script. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

export interface WebviewPage {
  /** The bundle under dist/webview, without its ending; its style sheet bears the same name. */
  script: "training" | "explanation" | "doctor" | "sweep" | "augmentation";
  title: string;
  /** What the panel is about: given back to the panel's serializer as `subject` after a reload of the window. */
  subject?: string;
}

/** A webview may run its own script and read dist/webview, nothing else. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
}

/**
 * The HTML of a panel: `<div id="app">`, the translations as JSON in `#l10n`, codicons, and one script.
 *
 * Styles may be inline because the toolkit's components write them; scripts may not.
 *
 * @param translations the bundle of the display language; none for English.
 */
export function webviewHtml(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  page: WebviewPage,
  translations: Record<string, unknown> | undefined = vscode.l10n.bundle,
): string {
  const nonce = randomBytes(16).toString("base64");
  const file = (name: string): string =>
    escapeHtml(webview.asWebviewUri(vscode.Uri.joinPath(webviewRoot(extensionUri), name)).toString());
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `font-src ${webview.cspSource} data:`,
    `img-src ${webview.cspSource} data: blob:`,
  ].join("; ");
  const styles = ["codicon.css", `${page.script}.css`]
    .map((name) => `<link rel="stylesheet" href="${file(name)}" />`)
    .join("\n    ");
  const subject = page.subject === undefined ? "" : ` data-subject="${escapeHtml(page.subject)}"`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    ${styles}
    <title>${escapeHtml(page.title)}</title>
  </head>
  <body class="trainlens trainlens-${page.script}"${subject}>
    <div id="app"></div>
    <script type="application/json" id="l10n" nonce="${nonce}">${scriptJson(translations ?? {})}</script>
    <script nonce="${nonce}" src="${file(`${page.script}.js`)}"></script>
  </body>
</html>
`;
}

function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, "dist", "webview");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** JSON that can neither end its script element nor open a comment in it. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
