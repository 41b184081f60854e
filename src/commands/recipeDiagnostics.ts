/** Problems of recipes in their editors, with quick fixes: found by building data and model when a recipe is saved. */
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { editsFor, spanOf } from "../host/recipeFixes";
import { RECIPE_FILE, looksLikeRecipe } from "../host/recipeText";
import { type RecipeCheck, type RecipeProblem, type Severity, problemText, severityOf } from "../protocol/recipeCheck";
import type { RecipeChecker } from "../runs/recipeChecker";

const SOURCE = "TrainLens";

const SEVERITIES: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

/** One of ours, which knows what it is about. */
class RecipeDiagnostic extends vscode.Diagnostic {
  override source = SOURCE;
  constructor(
    range: vscode.Range,
    message: string,
    readonly problem: RecipeProblem,
  ) {
    super(range, message, SEVERITIES[severityOf(problem)]);
    this.code = problem.kind;
  }
}

export class RecipeDiagnostics implements vscode.CodeActionProvider, vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly collection = this.store.add(vscode.languages.createDiagnosticCollection("trainlens"));
  private readonly checked = this.store.add(new vscode.EventEmitter<void>());
  private readonly checks = new Map<string, RecipeCheck>();

  /** A recipe was checked, or is no longer known. */
  readonly onDidCheck = this.checked.event;

  constructor(
    private readonly checker: RecipeChecker,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const { workspace, languages } = vscode;
    const selector = ["typescript", "javascript"].map((language) => ({ language, scheme: "file" }));
    const kinds = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    this.store.add(languages.registerCodeActionsProvider(selector, this, kinds));
    this.store.add(workspace.onDidSaveTextDocument((document) => this.checkSaved(document)));
    this.store.add(workspace.onDidCloseTextDocument(({ uri }) => this.forget(uri)));
  }

  dispose(): void {
    this.store.dispose();
  }

  /** The last check of a recipe that is open. */
  of(recipe: vscode.Uri): RecipeCheck | undefined {
    return this.checks.get(recipe.fsPath);
  }

  /**
   * Checks a recipe as it is on disk, and shows what is found in its editor.
   *
   * @returns undefined where a newer check came between. @throws HostError
   */
  async check(recipe: vscode.Uri): Promise<RecipeCheck | undefined> {
    const found = await this.checker.check(recipe);
    if (!found || this.store.isDisposed) return undefined;
    const document = await vscode.workspace.openTextDocument(recipe);
    this.checks.set(recipe.fsPath, found);
    // What was typed meanwhile is checked when it is saved.
    this.collection.set(
      document.uri,
      found.problems.map((problem) => asDiagnostic(problem, document)),
    );
    this.checked.fire();
    return found;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    return diagnostics.flatMap((diagnostic) => {
      const own = this.collection.get(document.uri)?.find((each) => isSame(each, diagnostic));
      if (!(own instanceof RecipeDiagnostic)) return [];
      const edits = editsFor(own.problem, document.getText());
      if (!edits) return [];
      const action = new vscode.CodeAction(fixTitle(own.problem, edits[0].text), vscode.CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      action.isPreferred = true;
      action.edit = new vscode.WorkspaceEdit();
      for (const { start, end, text } of edits) {
        const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
        action.edit.replace(document.uri, range, text);
      }
      return [action];
    });
  }

  private checkSaved(document: vscode.TextDocument): void {
    const { uri } = document;
    if (uri.scheme !== "file" || !RECIPE_FILE.test(uri.path) || !looksLikeRecipe(document.getText())) return;
    const wanted = vscode.workspace.getConfiguration("trainlens", uri).get("checkOnSave", true);
    // A recipe is a program.
    if (!wanted || !vscode.workspace.isTrusted) return;
    this.check(uri).catch((error: unknown) => {
      this.collection.delete(uri);
      this.log.warn(`${uri.fsPath} was not checked: ${String(error)}`);
    });
  }

  private forget(uri: vscode.Uri): void {
    this.collection.delete(uri);
    if (this.checks.delete(uri.fsPath)) this.checked.fire();
  }
}

function asDiagnostic(problem: RecipeProblem, document: vscode.TextDocument): RecipeDiagnostic {
  const { start, end } = spanOf(problem, document.getText());
  const { t: translated } = vscode.l10n;
  const { message, advice } = problemText(problem, translated);
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  return new RecipeDiagnostic(range, advice === undefined ? message : `${message}\n${advice}`, problem);
}

/** VS Code hands out copies. */
function isSame(a: vscode.Diagnostic, b: vscode.Diagnostic): boolean {
  return b.source === SOURCE && a.message === b.message && a.range.isEqual(b.range);
}

function fixTitle({ kind }: RecipeProblem, text: string): string {
  if (kind === "baseNotFrozen") return vscode.l10n.t("Freeze the base");
  return vscode.l10n.t("Write {0}", text.trim().replace(/,$/, ""));
}
