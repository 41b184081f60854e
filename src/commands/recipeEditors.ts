/** Recipes in editors: the lenses over `createModel`, and the context key that shows Train in the title. */
import path from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { RECIPE_FILE, exportOffset, looksLikeRecipe } from "../host/recipeText";
import type { Run } from "../runs/run";
import type { Runs } from "../runs/runs";
import { writeTypeSupport } from "../scaffold";
import type { RecipeDiagnostics } from "./recipeDiagnostics";

/** The paths of the recipes that are open: `resourcePath in trainlens.recipes`. */
const CONTEXT_KEY = "trainlens.recipes";

/** After the last keystroke, ms. */
const TYPING_PAUSE = 300;

const SELECTOR: vscode.DocumentSelector = [
  { language: "typescript", scheme: "file" },
  { language: "javascript", scheme: "file" },
];

/** Makes lenses over one place of a document. */
function lensAt(document: vscode.TextDocument, offset: number) {
  const position = document.positionAt(offset);
  const range = new vscode.Range(position, position);
  return (title: string, command: string, ...args: unknown[]): vscode.CodeLens =>
    new vscode.CodeLens(range, { title, command, arguments: args });
}

export class RecipeEditors implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly lensesChanged = this.store.add(new vscode.EventEmitter<void>());
  private timer: NodeJS.Timeout | undefined;
  private published = "";
  private shownRuns = "";

  readonly onDidChangeCodeLenses = this.lensesChanged.event;

  constructor(
    private readonly runs: Runs,
    private readonly diagnostics: RecipeDiagnostics,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const { workspace, window } = vscode;
    this.store.add(vscode.languages.registerCodeLensProvider(SELECTOR, this));
    this.store.add(window.onDidChangeVisibleTextEditors(() => this.publish()));
    this.store.add(
      workspace.onDidChangeTextDocument(({ document }) => {
        if (RECIPE_FILE.test(document.uri.path)) this.publishSoon();
      }),
    );
    this.store.add(runs.onDidChange(() => this.runsChanged()));
    this.store.add(diagnostics.onDidCheck(() => this.lensesChanged.fire()));
    this.store.add({ dispose: () => clearTimeout(this.timer) });
    this.publish();
  }

  dispose(): void {
    this.store.dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const text = document.getText();
    const offset = looksLikeRecipe(text) ? exportOffset(text, "createModel") : undefined;
    if (offset === undefined) return [];
    const lens = lensAt(document, offset);
    const augmentAt = exportOffset(text, "augment");
    const own = this.runs.all.filter((run) => run.manifest.recipe.path === document.uri.fsPath);
    const active = own.find((run) => run.isActive);
    const explainable = own.find((run) => run.canExplain);
    return [
      active
        ? lens(`$(debug-stop) ${vscode.l10n.t("Stop")}`, "trainlens.stopRun", active.id)
        : lens(`$(play) ${vscode.l10n.t("Train")}`, "trainlens.train", document.uri),
      ...(explainable
        ? [lens(`$(lightbulb) ${vscode.l10n.t("Explain last run")}`, "trainlens.explainRun", explainable.id)]
        : []),
      ...this.dataLenses(document),
      ...(augmentAt === undefined
        ? []
        : [
            lensAt(document, augmentAt)(
              `$(eye) ${vscode.l10n.t("Preview Augmentation")}`,
              "trainlens.previewAugmentation",
              document.uri,
            ),
          ]),
    ];
  }

  /** Over `data`: how much there is, once the recipe was checked. */
  private dataLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const offset = exportOffset(document.getText(), "data");
    if (offset === undefined) return [];
    const data = this.diagnostics.of(document.uri)?.data;
    const title = data
      ? vscode.l10n.t(
          "{0} train, {1} validation, examples of [{2}]",
          data.train,
          data.validation,
          String(data.inputShape),
        )
      : vscode.l10n.t("Check data and model");
    return [lensAt(document, offset)(`$(checklist) ${title}`, "trainlens.checkRecipe", document.uri)];
  }

  /** The lenses depend on which runs are active and which have a model, not on each batch. */
  private runsChanged(): void {
    const describe = (run: Run): string => `${run.id} ${run.isActive} ${run.canExplain}`;
    const shown = this.runs.all.map(describe).join("\n");
    if (shown === this.shownRuns) return;
    this.shownRuns = shown;
    this.lensesChanged.fire();
  }

  private publishSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.publish(), TYPING_PAUSE);
  }

  private publish(): void {
    const recipes = vscode.window.visibleTextEditors
      .map(({ document }) => document)
      .filter(({ uri }) => uri.scheme === "file" && RECIPE_FILE.test(uri.path))
      .filter((document) => looksLikeRecipe(document.getText()))
      .map(({ uri }) => uri.fsPath);
    const key = recipes.join("\n");
    if (key === this.published) return;
    this.published = key;
    void vscode.commands.executeCommand("setContext", CONTEXT_KEY, recipes);
    if (vscode.workspace.isTrusted) for (const recipe of recipes) this.supportTypes(path.dirname(recipe));
  }

  /** A recipe's types lie in the extension, which moves with each update. */
  private supportTypes(folder: string): void {
    writeTypeSupport(folder).catch((error: unknown) =>
      this.log.warn(`No types for the recipes in ${folder}: ${String(error)}`),
    );
  }
}
