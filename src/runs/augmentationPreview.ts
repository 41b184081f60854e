/** A recipe's augmentation, shown while its strengths are changed: one process that answers request after request. */
import path from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { HostError } from "../host/errors";
import { hyperparameterSpans } from "../host/hyperparameterText";
import { runnerCommand } from "../host/runnerCommand";
import { readSettings } from "../host/settings";
import { type AugmentationState, type PreviewReply, type PreviewRequest, parsePreviewReply } from "../protocol/preview";
import { recipeName } from "../protocol/runFolder";
import { failureText } from "./failureText";
import { OwnedProcess, type OwnedProcessEnd } from "./ownedProcess";

const FIRST_SEED = 42;

export class AugmentationPreview implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<void>());
  private process: OwnedProcess | undefined;
  /** What came before a line's end. */
  private rest = "";
  /** Asked while the process was at work on another one. */
  private waiting = false;
  private current: AugmentationState;

  readonly onDidChange = this.changed.event;

  constructor(
    readonly recipe: vscode.Uri,
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const request = { set: {}, seed: FIRST_SEED };
    this.current = { recipe: recipeName(recipe.fsPath), request, busy: false, strengths: "recipe's" };
    this.store.add(
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        // Strengths are the file's again.
        if (uri.fsPath === recipe.fsPath) this.restart();
      }),
    );
    this.store.add({ dispose: () => this.process?.kill() });
    this.restart();
  }

  dispose(): void {
    this.store.dispose();
  }

  get state(): AugmentationState {
    return this.current;
  }

  /** Shows other strengths, or other draws. Of several requests while the process works, the last one counts. */
  show(request: PreviewRequest): void {
    const strengths = Object.keys(request.set).length > 0 ? "changed" : "recipe's";
    const same = JSON.stringify(request.set) === JSON.stringify(this.current.request.set);
    this.become({ ...this.current, request, strengths: same ? this.current.strengths : strengths });
    this.ask();
  }

  /**
   * Puts the strengths that were changed into the recipe's editor, as one edit that can be undone.
   *
   * @throws HostError where one of them has no literal in `hyperparameters` to be replaced.
   */
  async write(): Promise<void> {
    const { set } = this.current.request;
    const document = await vscode.workspace.openTextDocument(this.recipe);
    const spans = hyperparameterSpans(document.getText());
    const lost = Object.keys(set).find((name) => !spans.has(name));
    if (lost !== undefined) {
      throw new HostError(
        vscode.l10n.t('"{0}" is not written as a number in {1}.', lost, path.basename(this.recipe.fsPath)),
        vscode.l10n.t("Write it as one, in: export const hyperparameters = { … }."),
      );
    }
    const edit = new vscode.WorkspaceEdit();
    for (const [name, { from, to }] of spans) {
      if (!Object.hasOwn(set, name)) continue;
      const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
      edit.replace(this.recipe, range, String(set[name]));
    }
    if (!(await vscode.workspace.applyEdit(edit)))
      throw new HostError(vscode.l10n.t("The editor of {0} refused the change.", path.basename(this.recipe.fsPath)));
    this.become({ ...this.current, strengths: "written" });
  }

  private restart(): void {
    this.process?.kill();
    const { failure: _past, ...rest } = this.current;
    const request = { ...rest.request, set: {} };
    this.current = { ...rest, request, busy: false, strengths: "recipe's" };
    this.start();
    this.ask();
  }

  private start(): void {
    const { fsPath } = this.recipe;
    const { nodePath } = readSettings(this.recipe);
    const command = runnerCommand(this.extensionPath, nodePath, ["preview", fsPath, "--serve"]);
    this.log.info(`Spawning ${[command.executable, ...command.args].join(" ")}`);
    this.rest = "";
    this.waiting = false;
    const child = new OwnedProcess(command, path.dirname(fsPath), {
      stdin: "pipe",
      stdout: (text) => {
        if (this.process === child) this.receive(text);
      },
    });
    this.process = child;
    void child.ended.then((end) => {
      if (this.process === child) this.ended(end);
    });
  }

  private ask(): void {
    if (!this.process) this.start();
    if (this.current.busy) {
      this.waiting = true;
      return;
    }
    this.become({ ...this.current, busy: true });
    this.process?.write(JSON.stringify(this.current.request) + "\n");
  }

  private receive(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      const reply = parsePreviewReply(line);
      // What the recipe itself prints.
      if (!reply) this.log.info(line);
      else this.answered(reply);
    }
  }

  private answered(reply: PreviewReply): void {
    const { failure: _past, ...rest } = this.current;
    const { message, advice } = reply.type === "failed" ? reply : {};
    this.become({
      ...rest,
      busy: false,
      ...(reply.type === "preview" ? { preview: reply } : {}),
      ...(message === undefined ? {} : { failure: { message, ...(advice === undefined ? {} : { advice }) } }),
    });
    if (!this.waiting) return;
    this.waiting = false;
    this.ask();
  }

  /** It ends with its panel; before that, something is wrong with the recipe. */
  private ended({ errors, spawnError }: OwnedProcessEnd): void {
    this.process = undefined;
    this.waiting = false;
    this.log.error(`The preview's process is gone.\n${spawnError ?? errors}`);
    const failure = failureText(spawnError ?? errors) ?? {
      message: vscode.l10n.t("The preview's process ended without a word."),
    };
    this.become({ ...this.current, busy: false, failure });
  }

  private become(state: AugmentationState): void {
    this.current = state;
    if (!this.store.isDisposed) this.changed.fire();
  }
}
