/** The editor knows the snippets of each language. */
import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("snippets in the editor", () => {
  for (const [language, prefix] of [
    ["python", "tl-strategy"],
    ["typescript", "tl-recipe"],
    ["javascript", "tl-gan-step"],
  ] as const) {
    it(`${language}: ${prefix} is suggested, with its tab stops`, async () => {
      const document = await vscode.workspace.openTextDocument({ language, content: "tl-" });
      const completions = await vscode.commands.executeCommand<vscode.CompletionList>(
        "vscode.executeCompletionItemProvider",
        document.uri,
        new vscode.Position(0, 3),
      );
      const labels = completions.items.map(({ label }) => (typeof label === "string" ? label : label.label));
      const item = completions.items[labels.indexOf(prefix)];
      assert.ok(item, `${prefix} is not among ${labels.join(", ")}`);
      assert.equal(item.kind, vscode.CompletionItemKind.Snippet);
      assert.match(item.insertText instanceof vscode.SnippetString ? item.insertText.value : "", /\$\{1[:|]/);
    });
  }
});
