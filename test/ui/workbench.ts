/** A VS Code in a real browser, used as a person would: by the palette, the mouse and the keys. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { launchChromium } from "../hosts/chromium.mjs";
import { installExtension, startCodeServer, workbenchAddress } from "../hosts/codeServer.mjs";
import { ensureWebHost } from "../hosts/webHost.mjs";
import { readability } from "./readability";

/** Long enough for a slow machine; nothing waits this long unless it fails. */
const PATIENCE = 90_000;
const ATTEMPTS = 15;

/** Where pictures go; `npm run pictures` copies the chosen ones to media/. */
const PICTURES = path.join("out", "pictures");

export type Theme = "light" | "dark" | "high-contrast" | "high-contrast-light";

const THEMES: Readonly<Record<Theme, string>> = {
  light: "Light Modern",
  dark: "Dark Modern",
  "high-contrast": "Dark High Contrast",
  "high-contrast-light": "Light High Contrast",
};

/** The extension: this checkout in development, or a packaged file that is installed. */
export type Installation = { kind: "development" } | { kind: "vsix"; file: string };

export class Workbench {
  /** What the page complained about: uncaught errors of any frame, and dialogs that scripts opened. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly address: string,
    private readonly close: () => Promise<void>,
  ) {
    page.on("dialog", (dialog) => {
      // VS Code asks this before a reload; anything else was opened by a script.
      if (dialog.type() !== "beforeunload") this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.accept();
    });
  }

  /** @param language of extensions' texts; VS Code's own stay English without its language pack. */
  static async open(folder: string, installation: Installation, language?: string): Promise<Workbench> {
    const host = await ensureWebHost();
    const scratch = await mkdtemp(path.join(tmpdir(), "trainlens-ui-"));
    if (installation.kind === "vsix") await installExtension(host, scratch, path.resolve(installation.file));
    const development = installation.kind === "development";
    const server = await startCodeServer(host, scratch, { testDriver: development });
    const browser = await launchChromium();
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, deviceScaleFactor: 1 });
    context.setDefaultTimeout(PATIENCE);
    // What a language pack would set: the window tells its extension host, which picks the bundles.
    if (language !== undefined)
      await context.addInitScript((chosen) => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: chosen }), language);
    const address = workbenchAddress(server.origin, folder, development ? { extension: path.resolve(".") } : {});
    const workbench = new Workbench(await context.newPage(), address, async () => {
      await browser.close();
      await server.stop();
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
    });
    await workbench.load();
    return workbench;
  }

  async dispose(): Promise<void> {
    await this.close();
  }

  private async load(): Promise<void> {
    await this.page.goto(this.address);
    await this.standing();
  }

  /** The window is there, and knows what the extension contributes: its view, and so its editors. */
  private async standing(): Promise<void> {
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor();
    await this.page.locator(".activitybar [aria-label^=TrainLens]").first().waitFor();
  }

  async reloadWindow(): Promise<void> {
    const loaded = this.page.waitForEvent("load");
    await this.command("Developer: Reload Window");
    await loaded;
    await this.standing();
  }

  /** Runs a command by its title in the palette. */
  async command(title: string): Promise<void> {
    const row = this.row(title);
    const timeout = PATIENCE / ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      // The palette lists what is known when it opens, and closes when a view that loads takes the focus.
      try {
        await this.page.keyboard.press("F1");
        await this.input().fill(`>${title}`, { timeout });
        return await row.click({ timeout });
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** A row of the open quick pick. */
  row(text: string): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row:visible", { hasText: text }).first();
  }

  /** Chooses a row of the open quick pick. */
  async pick(text: string): Promise<void> {
    // While the palette gives way to a list, a row that is found may be one of the palette's, which then is hidden: once
    // more. Not sooner, since a click that was made may be slow to return.
    await this.row(text)
      .click({ timeout: PATIENCE / 2 })
      .catch(() => this.row(text).click());
  }

  /** Answers the input box whose prompt says `prompt`; without a text, what it proposes stands. */
  async answer(prompt: string, text?: string): Promise<void> {
    await this.page.locator(".quick-input-message", { hasText: prompt }).waitFor();
    if (text !== undefined) await this.input().fill(text);
    await this.page.keyboard.press("Enter");
  }

  private input(): Locator {
    return this.page.locator(".quick-input-widget:visible input.input");
  }

  /** Opens an explanation by its row in the explorer: again, where the window did not know our editor yet. */
  async openFile(name: string): Promise<void> {
    const ours = this.page.locator("iframe.webview:visible");
    const refused = this.page.locator(".monaco-editor-pane-placeholder:visible");
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.command("File: Focus on Files Explorer");
      await this.file(name).dblclick();
      await this.tab(name).waitFor();
      await ours.or(refused).first().waitFor();
      if (!(await refused.isVisible())) return;
      await this.command("View: Close Editor");
    }
    throw new Error(`${name} does not open in our editor.`);
  }

  /** A row of the explorer. */
  file(name: string): Locator {
    return this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: name });
  }

  /** The content of the webview that is shown. */
  webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready:visible").frameLocator("#active-frame");
  }

  tab(name: string): Locator {
    return this.page.locator(".tabs-container .tab", { hasText: name });
  }

  /** Rows of the TrainLens view. */
  treeRows(): Locator {
    return this.page.locator(".pane-body .monaco-list-row[role=treeitem]");
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item", { hasText: text });
  }

  async theme(theme: Theme): Promise<void> {
    await this.command("Preferences: Color Theme");
    const input = this.input();
    await input.fill(THEMES[theme]);
    await this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: THEMES[theme] }).waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Takes the picture, and holds that every text of the view stands out against it and nothing juts out. */
  async checkReadable(name: string): Promise<void> {
    await this.picture(name);
    const { contrast, least, overflow } = await this.webview().locator("body").evaluate(readability);
    assert.ok(contrast >= 4.5, `${name}: "${least}" has a contrast of ${contrast.toFixed(1)} only`);
    assert.ok(overflow <= 0, `${name}: ${overflow} px too wide`);
  }

  /** A picture of the window. */
  async picture(name: string): Promise<void> {
    await mkdir(PICTURES, { recursive: true });
    // Where nothing answers to it with a hint.
    await this.page.mouse.move(700, 880);
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  }
}
