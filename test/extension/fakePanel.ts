/** A webview panel without a page: a test says what the page would say, and reads what it is sent. */
import * as vscode from "vscode";
import { Messages } from "../../src/host/errors";
import { decodeMessage } from "../../src/protocol/wire";

export class FakePanel<ToWebview extends { type: string }> {
  readonly sent: ToWebview[] = [];
  /** Called before a message is taken; may throw, as sending may. */
  beforeSend: (message: ToWebview) => void = () => undefined;
  private readonly received = new vscode.EventEmitter<unknown>();
  private readonly closed = new vscode.EventEmitter<void>();
  private readonly viewState = new vscode.EventEmitter<vscode.WebviewPanelOnDidChangeViewStateEvent>();
  private readonly arrived = new vscode.EventEmitter<ToWebview>();

  private readonly webview: Partial<vscode.Webview> = {
    html: "",
    options: {},
    cspSource: "test:",
    onDidReceiveMessage: this.received.event,
    asWebviewUri: (uri) => uri,
    postMessage: async (message: unknown) => {
      const decoded = (typeof message === "string" ? decodeMessage(message) : message) as ToWebview;
      this.beforeSend(decoded);
      this.sent.push(decoded);
      this.arrived.fire(decoded);
      return true;
    },
  };

  private readonly fake: Partial<vscode.WebviewPanel> = {
    webview: this.webview as vscode.Webview,
    visible: true,
    onDidChangeViewState: this.viewState.event,
    onDidDispose: this.closed.event,
    reveal: () => undefined,
    dispose: () => this.closed.fire(),
  };

  /** What the panel's class takes. */
  get panel(): vscode.WebviewPanel {
    return this.fake as vscode.WebviewPanel;
  }

  /** The user turns to another tab, or back. */
  show(visible: boolean): void {
    Object.assign(this.fake, { visible });
    this.viewState.fire({ webviewPanel: this.panel });
  }

  /** The page says something. */
  say(message: unknown): void {
    this.received.fire(message);
  }

  /** The next message of a type that is not taken yet; waits for it. */
  async next<T extends ToWebview["type"]>(type: T): Promise<Extract<ToWebview, { type: T }>> {
    const find = (): ToWebview | undefined => {
      const at = this.sent.findIndex((message) => message.type === type);
      return at < 0 ? undefined : this.sent.splice(at, 1)[0];
    };
    const found = find() ?? (await this.arrival(find));
    return found as Extract<ToWebview, { type: T }>;
  }

  private arrival(find: () => ToWebview | undefined): Promise<ToWebview> {
    return new Promise((resolve) => {
      const listening = this.arrived.event(() => {
        const found = find();
        if (!found) return;
        listening.dispose();
        resolve(found);
      });
    });
  }
}

/** Keeps the errors that a user would be shown. */
export class HeardMessages extends Messages {
  readonly errors: unknown[] = [];

  override error(error: unknown): void {
    this.errors.push(error);
  }
}
