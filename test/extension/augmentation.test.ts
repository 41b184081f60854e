/** The augmentation's panel: strengths that are changed there reach the recipe's editor, and can be taken back. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { AugmentationPanel } from "../../src/panels/augmentationPanel";
import type { AugmentationState, HostToAugmentation } from "../../src/protocol/preview";
import { AugmentationPreview } from "../../src/runs/augmentationPreview";
import { HostError } from "../../src/host/errors";
import { FakePanel, HeardMessages } from "./fakePanel";
import { execute, extension, tabsOf, until, workspaceFolder } from "./host";

describe("the augmentation's preview", () => {
  let recipe: vscode.Uri;
  let log: vscode.LogOutputChannel;
  let page: FakePanel<HostToAugmentation>;
  let messages: HeardMessages;
  let panel: AugmentationPanel | undefined;

  before(async () => {
    log = vscode.window.createOutputChannel("TrainLens test augmentation", { log: true });
    const folder = path.join(workspaceFolder(), "turned");
    const request = { template: "augmentation", language: "typescript", folder };
    recipe = await execute<vscode.Uri>("trainlens.newRecipe", request);
  });
  after(() => log.dispose());
  const open = (file: vscode.Uri): void => {
    page = new FakePanel();
    messages = new HeardMessages(log);
    const preview = new AugmentationPreview(file, extension().extensionPath, log);
    panel = new AugmentationPanel(preview, page.panel, extension().extensionUri, messages);
  };
  afterEach(() => panel?.dispose());

  const become = async (fits: (state: AugmentationState) => boolean): Promise<AugmentationState> => {
    for (;;) {
      const { state } = await page.next("state");
      if (fits(state)) return state;
    }
  };
  const shows = (text: string) => become(({ preview, busy }) => !busy && preview?.steps[0] === text);

  it("opens one panel a recipe", async () => {
    await execute("trainlens.previewAugmentation", recipe);
    await execute("trainlens.previewAugmentation", recipe);
    // The list of tabs follows the window.
    await until(() => tabsOf("trainlens.augmentation").length > 0);
    assert.equal(tabsOf("trainlens.augmentation").length, 1);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("writes strengths into the editor, as an edit that can be undone", async () => {
    open(recipe);
    await shows("randomRotation 0.04");
    page.say({ type: "show", request: { set: { rotation: 0.2 }, seed: 7 } });
    const state = await shows("randomRotation 0.2");
    assert.deepEqual([state.strengths, state.preview?.seed], ["changed", 7]);
    page.say({ type: "write" });
    await become(({ strengths }) => strengths === "written");
    const document = await vscode.workspace.openTextDocument(recipe);
    assert.match(document.getText(), /^ {2}rotation: 0\.2,$/m);
    assert.match(readFileSync(recipe.fsPath, "utf8"), /rotation: 0\.04,/);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand("undo");
    assert.match(document.getText(), /^ {2}rotation: 0\.04,$/m);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    assert.deepEqual(messages.errors, []);
  });

  it("says where a strength is no number, and what it cannot take", async () => {
    // A file that no editor has seen: what a closed one held may be remembered.
    const computed = vscode.Uri.file(path.join(path.dirname(recipe.fsPath), "computed.ts"));
    const text = readFileSync(recipe.fsPath, "utf8");
    writeFileSync(computed.fsPath, text.replace("rotation: 0.04", "rotation: 0.08 / 2"));
    open(computed);
    await shows("randomRotation 0.04");
    page.say({ type: "show", request: { set: { rotation: 0.2 }, seed: 42 } });
    await shows("randomRotation 0.2");
    const refused = new Promise<void>(
      (resolve) => (messages.error = (error) => (messages.errors.push(error), resolve())),
    );
    page.say({ type: "write" });
    await refused;
    const [error] = messages.errors;
    assert.ok(error instanceof HostError);
    assert.match(
      `${error.message} ${error.advice}`,
      /"rotation" is not written as a number in computed\.ts.*hyperparameters/,
    );
    page.say({ type: "show", request: { set: { zoom: -9 }, seed: 42 } });
    assert.match((await become(({ failure }) => failure !== undefined)).failure?.message ?? "", /randomZoom/);
  });
});
