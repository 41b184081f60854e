/** The editor of `*.shap.npz` files: reads the file, answers the webview. It runs nothing, so it works in Restricted Mode. */
import path from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { HostError, type Messages } from "../host/errors";
import { diskFolders } from "../host/workspace";
import { NpzError, readExplanation } from "../npz";
import { type Explanation, sampleOutputs, sliceOutput } from "../protocol/explanation";
import {
  type ExplanationHeader,
  type ExportFormat,
  ExplanationToHost,
  type HostToExplanation,
  headerOf,
} from "../protocol/explanationMessages";
import { RUN_FILES, RUNS_FOLDER } from "../protocol/runFolder";
import { readManifest } from "../runFolder";
import { webviewHtml, webviewOptions } from "./webviewHtml";
import { dispatch } from "./webviewMessages";

export const EXPLANATION_VIEW_TYPE = "trainlens.explanation";

/** Larger files are not read: the window would not survive it. */
const MAX_FILE_BYTES = 1.5 * 2 ** 30;
/** Numbers sent to a webview at a time; with more, samples are left out evenly, and the view says how many. */
const MAX_SLICE_VALUES = 20_000_000;
/** A file that is being written changes many times. */
const RELOAD_DELAY = 200;

/** A file that is open. It is read when a view asks for it, and again after it has changed. */
export class ExplanationDocument implements vscode.CustomDocument {
  private reading: Promise<Explanation> | undefined;

  constructor(readonly uri: vscode.Uri) {}

  /** @throws HostError or NpzError with a message for the user. */
  explanation(): Promise<Explanation> {
    if (this.reading) return this.reading;
    const reading = this.read();
    this.reading = reading;
    // Asked again, the file may have been mended.
    reading.catch(() => this.reading === reading && this.forget());
    return reading;
  }

  /** The next one who asks gets what the file holds then. */
  forget(): void {
    this.reading = undefined;
  }

  dispose(): void {
    this.forget();
  }

  private async read(): Promise<Explanation> {
    const { size } = await vscode.workspace.fs.stat(this.uri);
    if (size > MAX_FILE_BYTES) {
      const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
      throw new HostError(
        vscode.l10n.t(
          "The file has {0} GiB; up to {1} GiB are opened. Save fewer samples or outputs to a file.",
          gigabytes(size),
          gigabytes(MAX_FILE_BYTES),
        ),
      );
    }
    return readExplanation(await vscode.workspace.fs.readFile(this.uri));
  }
}

export class ExplanationEditor implements vscode.CustomReadonlyEditorProvider<ExplanationDocument>, vscode.Disposable {
  private readonly store = new DisposableStore();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly messages: Messages,
  ) {
    this.store.add(vscode.window.registerCustomEditorProvider(EXPLANATION_VIEW_TYPE, this));
  }

  dispose(): void {
    this.store.dispose();
  }

  openCustomDocument(uri: vscode.Uri): ExplanationDocument {
    return new ExplanationDocument(uri);
  }

  resolveCustomEditor(document: ExplanationDocument, panel: vscode.WebviewPanel): void {
    panel.webview.options = webviewOptions(this.extensionUri);
    const view = new ExplanationPanel(document, panel.webview, this.extensionUri, this.messages);
    panel.onDidDispose(() => view.dispose());
  }
}

/** One view of a document. */
export class ExplanationPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private reloading: NodeJS.Timeout | undefined;

  constructor(
    private readonly document: ExplanationDocument,
    private readonly webview: vscode.Webview,
    private readonly extensionUri: vscode.Uri,
    private readonly messages: Messages,
  ) {
    this.store.add(webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.store.add({ dispose: () => clearTimeout(this.reloading) });
    this.watch();
    webview.html = webviewHtml(webview, extensionUri, { script: "explanation", title: this.fileName });
  }

  dispose(): void {
    this.store.dispose();
  }

  private get fileName(): string {
    return path.posix.basename(this.document.uri.path);
  }

  private watch(): void {
    const { uri } = this.document;
    const folder = vscode.Uri.joinPath(uri, "..");
    const pattern = new vscode.RelativePattern(folder, this.fileName.replaceAll(/[[\]{}*?]/g, "?"));
    const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(pattern, false, false, true));
    const reload = (): void => {
      clearTimeout(this.reloading);
      this.reloading = setTimeout(() => {
        this.document.forget();
        this.sendSnapshot().catch((error: unknown) => this.messages.error(error));
      }, RELOAD_DELAY);
    };
    this.store.add(watcher.onDidChange(reload));
    this.store.add(watcher.onDidCreate(reload));
  }

  private receive(message: unknown): void {
    const from = { schema: ExplanationToHost, sender: "The explanation view", messages: this.messages };
    dispatch<ExplanationToHost>(message, from, {
      ready: () => this.sendSnapshot(),
      slice: ({ request, outputIndex }) => this.answer(request, () => this.sendSlice(request, outputIndex)),
      save: (asked) => this.save(asked),
      copy: ({ request, text }) =>
        this.answer(request, async () => {
          await vscode.env.clipboard.writeText(text);
          await this.post({ type: "copied", request });
        }),
      standalone: ({ request }) => this.answer(request, () => this.sendStandalone(request)),
      openRun: () => this.openRun(),
    });
  }

  private async sendSnapshot(): Promise<void> {
    try {
      const explanation = await this.document.explanation();
      const inRun = (await runOf(this.document.uri)) !== undefined;
      await this.post({ type: "snapshot", header: header(explanation, this.fileName), inRun });
    } catch (error) {
      if (!isExpected(error)) this.messages.error(error);
      await this.post({ type: "failed", message: messageOf(error) });
    }
  }

  /** A view waits for an answer to what it has asked: where there is none, it gets the reason. */
  private async answer(request: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isExpected(error)) this.messages.error(error);
      await this.post({ type: "refused", request, message: messageOf(error) });
    }
  }

  private async sendSlice(request: number, outputIndex: number): Promise<void> {
    const explanation = await this.document.explanation();
    if (outputIndex >= explanation.outputs)
      throw new HostError(
        vscode.l10n.t("The file has {0} outputs; number {1} is not among them.", explanation.outputs, outputIndex + 1),
      );
    const rows = rowsToSend(explanation.samples, explanation.features);
    const slice = sliceOutput(explanation, outputIndex, rows);
    await this.post({ type: "slice", request, slice, omitted: explanation.samples - slice.samples });
  }

  private async sendStandalone(request: number): Promise<void> {
    const read = async (name: string): Promise<string> =>
      new TextDecoder().decode(
        await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.extensionUri, "dist", "webview", name)),
      );
    const [script, style] = await Promise.all([read("standalone.js"), read("standalone.css")]);
    await this.post({ type: "standalone", request, script, style });
  }

  private async save({ format, suggestedName, content }: Extract<ExplanationToHost, { type: "save" }>): Promise<void> {
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(this.document.uri, "..", path.posix.basename(suggestedName)),
      filters: { [format.toUpperCase()]: [format] },
    });
    if (!target) return;
    await vscode.workspace.fs.writeFile(
      target,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    const name = path.posix.basename(target.path);
    this.messages.info(vscode.l10n.t("Saved {0}.", name), [
      { label: vscode.l10n.t("Open"), run: () => openSaved(target, format) },
    ]);
  }

  private async openRun(): Promise<void> {
    const run = await runOf(this.document.uri);
    if (run === undefined) throw new HostError(vscode.l10n.t("The run of {0} is gone.", this.fileName));
    await vscode.commands.executeCommand("trainlens.openRun", run);
  }

  private async post(message: HostToExplanation): Promise<void> {
    if (!this.store.isDisposed) await this.webview.postMessage(message);
  }
}

function header(explanation: Explanation, fileName: string): ExplanationHeader {
  const { samples, outputs } = explanation;
  const outputValues = new Float32Array(samples * outputs);
  for (let n = 0; n < samples; n++) outputValues.set(sampleOutputs(explanation, n), n * outputs);
  return { ...headerOf(explanation, fileName), outputValues };
}

/** All rows, or as many as may be sent, evenly spread. */
function rowsToSend(samples: number, features: number): number[] | undefined {
  const most = Math.max(1, Math.floor(MAX_SLICE_VALUES / Math.max(1, features)));
  if (samples <= most) return undefined;
  return Array.from({ length: most }, (_, i) => Math.floor((i * samples) / most));
}

/** The id of the run that a file was made for: it lies in `<run>/explanations` of an open folder. */
async function runOf(uri: vscode.Uri): Promise<string | undefined> {
  if (uri.scheme !== "file") return undefined;
  const explanations = path.dirname(uri.fsPath);
  const folder = path.dirname(explanations);
  const listed = diskFolders().some((each) => path.dirname(folder) === path.join(each.uri.fsPath, RUNS_FOLDER));
  if (!listed || path.basename(explanations) !== RUN_FILES.explanations) return undefined;
  return (await readManifest(folder))?.id;
}

/** A file is not as it should be: the view says so, and that is all there is to do. Anything else is a bug. */
function isExpected(error: unknown): boolean {
  return error instanceof NpzError || error instanceof HostError || error instanceof vscode.FileSystemError;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Pictures and text in VS Code, a web page in the browser. */
async function openSaved(target: vscode.Uri, format: ExportFormat): Promise<void> {
  if (format === "html") await vscode.env.openExternal(target);
  else await vscode.commands.executeCommand("vscode.open", target);
}
