import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { exportOffset, looksLikeRecipe } from "../../src/host/recipeText";
import type { RecipeCheck } from "../../src/protocol/recipeCheck";
import { execute, scaffoldDigits, workspaceFolder } from "./host";

describe("a new recipe", () => {
  for (const language of ["typescript", "javascript"]) {
    it(`is written in ${language} and opened`, async () => {
      const recipe = await scaffoldDigits(`new-${language}`, language);
      const text = readFileSync(recipe.fsPath, "utf8");
      assert.ok(looksLikeRecipe(text));
      assert.equal(path.extname(recipe.fsPath), language === "typescript" ? ".ts" : ".js");
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, recipe.fsPath);
    });
  }

  it("is filled in for data of one's own", async () => {
    const data = path.join(workspaceFolder(), "pets.csv");
    const rows = Array.from({ length: 30 }, (_, i) => `${i},${i % 2 ? "cat" : "dog"}\n`);
    writeFileSync(data, `weight,kind\n${rows.join("")}`);
    const folder = path.join(workspaceFolder(), "pets-recipe");
    const request = { data, target: "kind", template: "tabular-classifier", language: "typescript", folder };
    const recipe = await execute<vscode.Uri>("trainlens.newRecipeFromData", request);
    assert.match(readFileSync(recipe.fsPath, "utf8"), /csv\("\.\.\/pets\.csv", \{ target: "kind" \}\)/);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, recipe.fsPath);
  });

  it("leaves existing files alone unless told otherwise", async () => {
    const recipe = await scaffoldDigits("occupied");
    const folder = path.dirname(recipe.fsPath);
    writeFileSync(recipe.fsPath, "// mine\n");
    // The types' configuration comes when the recipe is opened.
    const files = readdirSync(folder).filter((file) => file !== ".trainlens");
    const request = { template: "digits", language: "typescript", folder };
    assert.equal(await execute("trainlens.newRecipe", { ...request, overwrite: false }), undefined);
    assert.equal(readFileSync(recipe.fsPath, "utf8"), "// mine\n");
    assert.deepEqual(
      readdirSync(folder).filter((file) => file !== ".trainlens"),
      files,
    );
    const again = await execute<vscode.Uri>("trainlens.newRecipe", { ...request, overwrite: true });
    assert.equal(again.fsPath, recipe.fsPath);
    assert.ok(looksLikeRecipe(readFileSync(recipe.fsPath, "utf8")));
  });

  it("has the lens Train over createModel", async () => {
    const recipe = await scaffoldDigits("lens");
    const document = await vscode.workspace.openTextDocument(recipe);
    await vscode.window.showTextDocument(document);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      recipe,
      10,
    );
    const train = lenses.find((lens) => lens.command?.command === "trainlens.train");
    assert.ok(train);
    const offset = exportOffset(document.getText(), "createModel");
    assert.ok(offset !== undefined);
    assert.equal(train.range.start.line, document.positionAt(offset).line);
    assert.equal((train.command?.arguments?.[0] as vscode.Uri).fsPath, recipe.fsPath);
  });

  it("has no lens where there is no recipe", async () => {
    const file = path.join(workspaceFolder(), "plain.ts");
    writeFileSync(file, "export function createModel() {}\n");
    await vscode.workspace.openTextDocument(file);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      vscode.Uri.file(file),
      10,
    );
    assert.ok(!lenses.some((lens) => lens.command?.command.startsWith("trainlens.")));
  });
});

describe("a recipe with a slip", () => {
  const problems = (recipe: vscode.Uri): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(recipe).filter(({ source }) => source === "TrainLens");

  const untilProblems = async (recipe: vscode.Uri, ready: (found: vscode.Diagnostic[]) => boolean): Promise<void> => {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!ready(problems(recipe))) return;
        subscription.dispose();
        resolve();
      };
      const subscription = vscode.languages.onDidChangeDiagnostics(look);
      look();
    });
  };

  it("is marked when it is saved, mended by the quick fix, and shows its data over data()", async () => {
    const recipe = await scaffoldDigits("slip");
    const document = await vscode.workspace.openTextDocument(recipe);
    const editor = await vscode.window.showTextDocument(document);
    const at = document.getText().indexOf("inputShape: [784]");
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + "inputShape: [784]".length));
    await editor.edit((edit) => edit.replace(range, "inputShape: [64]"));
    await document.save();
    await untilProblems(recipe, ({ length }) => length === 1);
    const [problem] = problems(recipe);
    assert.match(problem.message, /takes examples of shape \[64\], the data has \[784\]/);
    assert.equal(document.getText(problem.range), "inputShape: [64]");

    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      recipe,
      problem.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ title }) => title === "Write inputShape: [784]");
    assert.ok(fix?.edit);
    await vscode.workspace.applyEdit(fix.edit);
    await document.save();
    await untilProblems(recipe, ({ length }) => length === 0);

    const found = await execute<RecipeCheck>("trainlens.checkRecipe", recipe);
    assert.deepEqual(found.problems, []);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      recipe,
      10,
    );
    const lens = lenses.find((each) => each.command?.command === "trainlens.checkRecipe");
    assert.match(lens?.command?.title ?? "", /8000 train, 1000 validation, examples of \[784\]/);
  });
});
