/** A panel's page in a plain browser, a test in the host's place: quick, and the host can be made to fail. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";

export interface PageOptions {
  script: "training" | "explanation" | "doctor" | "sweep" | "augmentation";
  /** px */
  width?: number;
  /** A bundle of translations; English without. */
  translations?: Record<string, string>;
  /** VS Code's class for the theme; its variables are those of a page that stands alone. */
  theme?: "vscode-light" | "vscode-dark" | "vscode-high-contrast" | "vscode-high-contrast-light";
}

type Posted = { type: string } & Record<string, unknown>;

export class WebviewPage<ToWebview extends { type: string }> {
  /** What the page has said, and nobody has taken yet. */
  private readonly posted: Posted[] = [];
  private arrived: () => void = () => undefined;
  /** Errors that nobody caught. */
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  static async open<ToWebview extends { type: string }>(
    browser: Browser,
    { script, width = 900, translations = {}, theme = "vscode-dark" }: PageOptions,
  ): Promise<WebviewPage<ToWebview>> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const opened = new WebviewPage<ToWebview>(page);
    await page.exposeFunction("toHost", (message: Posted) => {
      opened.posted.push(message);
      opened.arrived();
    });
    const asset = (name: string): string => readFileSync(path.join("dist", "webview", name), "utf8");
    const json = JSON.stringify(translations).replaceAll("<", "\\u003c");
    await page.setContent(`<!doctype html><html><head><meta charset="utf-8"></head>
      <body class="trainlens trainlens-${script} ${theme}" data-subject="test"><div id="app"></div>
      <script type="application/json" id="l10n">${json}</script></body></html>`);
    for (const name of ["standalone.css", "codicon.css", `${script}.css`])
      await page.addStyleTag({ content: asset(name) });
    await page.addScriptTag({
      content: `let kept; globalThis.acquireVsCodeApi = () => ({
        postMessage: (message) => void toHost(message), getState: () => kept, setState: (state) => (kept = state) });`,
    });
    await page.addScriptTag({ content: asset(`${script}.js`) });
    await opened.next("ready");
    return opened;
  }

  /** The host says something, and the page has drawn it: the toolkit's elements take their attributes a frame later. */
  async say(message: ToWebview): Promise<void> {
    await this.page.evaluate((data) => {
      window.dispatchEvent(new MessageEvent("message", { data }));
      return new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }, message);
  }

  /** The next message of a type that is not taken yet; waits for it. */
  async next(type: string): Promise<Posted> {
    for (;;) {
      const at = this.posted.findIndex((message) => message.type === type);
      if (at >= 0) return this.posted.splice(at, 1)[0];
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }
}
