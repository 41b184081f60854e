import assert from "node:assert/strict";
import * as vscode from "vscode";
import { webviewHtml, webviewOptions } from "../../src/panels/webviewHtml";
import { extension } from "./host";

describe("a panel's page", () => {
  const hostile = '</title><script>alert(1)</script>"&';
  let panel: vscode.WebviewPanel;
  let html: string;

  before(() => {
    const { extensionUri } = extension();
    const options = webviewOptions(extensionUri);
    assert.deepEqual(
      options.localResourceRoots?.map((root) => root.path),
      [vscode.Uri.joinPath(extensionUri, "dist", "webview").path],
    );
    panel = vscode.window.createWebviewPanel("trainlens.test", "test", vscode.ViewColumn.Active, options);
    const page = { script: "training", title: hostile, subject: hostile } as const;
    html = webviewHtml(panel.webview, extensionUri, page, { greeting: "</script><!-- hello" });
  });
  after(() => void panel.dispose());

  it("runs its own scripts only", () => {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    assert.ok(policy?.startsWith("default-src 'none'; "));
    const [, nonce] = /script-src 'nonce-([^']+)';/.exec(policy) ?? [];
    assert.ok(nonce && nonce.length >= 20);
    assert.ok(!/script-src[^;]*(\*|unsafe|https?:)/.test(policy));
    const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    assert.equal(scripts.length, 2);
    for (const tag of scripts) assert.ok(tag.includes(`nonce="${nonce}"`), tag);
  });

  it("has a nonce of its own each time", () => {
    const again = webviewHtml(panel.webview, extension().extensionUri, { script: "training", title: "" });
    const nonce = (text: string): string | undefined => /nonce="([^"]+)"/.exec(text)?.[1];
    assert.notEqual(nonce(again), nonce(html));
  });

  it("writes texts as texts", () => {
    assert.ok(!html.includes(hostile));
    assert.ok(html.includes('data-subject="&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;"'));
  });

  it("keeps the translations inside their script", () => {
    const [, json] = /<script type="application\/json" id="l10n"[^>]*>([^<]*)<\/script>/.exec(html) ?? [];
    assert.deepEqual(JSON.parse(json ?? ""), { greeting: "</script><!-- hello" });
  });
});
