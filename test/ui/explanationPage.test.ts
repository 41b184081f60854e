/** The self-contained page in a real browser: what a reader can do with it, and what a hostile file cannot. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Explanation, sliceOutput } from "../../src/protocol/explanation";
import { htmlDocument } from "../../webview/plots/htmlDocument";
import { headerOf } from "../../src/protocol/explanationMessages";
import { type Opening, packSlices } from "../../webview/plots/packed";

const HOSTILE = `<img src=x onerror="alert(1)">`;

/** 12 samples of 64 pixels for 3 outputs; one SHAP value of the first is NaN. */
function digits(names: (i: number) => string): Explanation {
  const values = Float32Array.from({ length: 12 * 64 * 3 }, (_, i) => Math.sin(i * 0.7) / 50);
  values[3] = Number.NaN;
  return {
    samples: 12,
    featureShape: [64],
    features: 64,
    outputs: 3,
    values,
    baseValues: new Float64Array(36).fill(0.3),
    data: Float32Array.from({ length: 12 * 64 }, (_, i) => (i * 13) % 7),
    featureNames: Array.from({ length: 64 }, (_, i) => names(i)),
    outputNames: ["zero", HOSTILE, "</script><script>alert(2)</script>"],
    meta: { labels: Array.from({ length: 12 }, (_, i) => i % 3), outputKind: "probability" },
  };
}

function browserPath(): string {
  const candidates = [
    process.env["CHROMIUM"],
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ];
  const found = candidates.find((file) => file !== undefined && existsSync(file));
  if (!found) throw new Error("No Chromium found: install it, or set CHROMIUM to its path.");
  return found;
}

describe("the self-contained page", function () {
  this.timeout(60_000);
  let browser: Browser;
  let page: Page;
  let folder = "";
  let said: string[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "trainlens-page-"));
    browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] });
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(said, [], "dialogs, errors and requests");
  });

  const open = async (explanation: Explanation, opening: Opening, width = 1000): Promise<void> => {
    const asset = (name: string): Promise<string> => readFile(path.join("dist", "webview", name), "utf8");
    const slices = Array.from({ length: explanation.outputs }, (_, k) => sliceOutput(explanation, k));
    const packed = packSlices(headerOf(explanation, `${HOSTILE}.shap.npz`), slices, opening);
    const file = path.join(folder, "page.html");
    await writeFile(
      file,
      htmlDocument(packed, { script: await asset("standalone.js"), style: await asset("standalone.css") }),
    );
    said = [];
    page = await browser.newPage({ viewport: { width, height: 900 }, acceptDownloads: true });
    page.on("dialog", (dialog) => {
      said.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => said.push(error.message));
    page.on("request", (request) => {
      if (!/^(file:.*page\.html|data:|blob:)/.test(request.url())) said.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector(".plot svg");
  };
  const sentence = async (): Promise<string> => (await page.textContent(".sentence")) ?? "";
  const choose = async (id: string, text: string): Promise<void> => {
    await page.click(`#${id}`);
    await page.locator(`#${id} vscode-option`, { hasText: text }).first().click();
  };

  it("shows hostile names as text", async () => {
    await open(
      digits(() => HOSTILE),
      { view: "force", sample: 0 },
    );
    assert.equal(await page.locator("#app img").count(), 0);
    assert.equal(await page.evaluate(() => document.scripts.length), 2);
    assert.equal(await page.locator(".effects .name").first().textContent(), HOSTILE);
  });

  it("goes through samples by keys, and through outputs by the chooser", async () => {
    await open(
      digits((i) => `name ${"abcdefgh"[i % 8]}${i}`),
      { view: "force", outputIndex: 0, sample: 3 },
    );
    const before = await sentence();
    await page.focus(".plot");
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((text) => document.querySelector(".sentence")?.textContent !== text, before);
    assert.equal(await page.evaluate(() => (document.getElementById("sample") as HTMLInputElement).value), "4");
    await choose("output", HOSTILE);
    await page.waitForFunction(() => document.querySelector(".sentence")?.textContent?.includes("<img"));
  });

  it("stacks all samples, orders them, and opens the one that is clicked", async () => {
    await open(
      digits((i) => `name ${"abcdefgh"[i % 8]}${i}`),
      { view: "stacked" },
    );
    assert.match(
      await page
        .locator(".note")
        .allTextContents()
        .then((all) => all.join()),
      /not numbers, and count as 0 here: 1\./,
    );
    const axis = (): Promise<string | null> => page.locator(".plot svg > text").last().textContent();
    assert.match((await axis()) ?? "", /similar/);
    await choose("order", "Output value");
    await page.waitForFunction(() =>
      document.querySelector(".plot svg")?.textContent?.includes("highest output first"),
    );
    await page.locator(".plot svg").hover();
    assert.match((await page.textContent(".under-plot")) ?? "", /^Sample \d+: predicted .*, true /);
    await page.locator(".plot svg").click();
    await page.waitForSelector(".effects table");
  });

  it("shows images for features without names, one for each output", async () => {
    await open(
      digits((i) => `Feature ${i}`),
      { view: "image", sample: 1 },
      320,
    );
    await page.waitForFunction(() => document.querySelectorAll(".plot image").length === 4);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  });

  it("saves an SVG, a PNG and a page that works as well", async () => {
    await open(
      digits((i) => `name ${"abcdefgh"[i % 8]}${i}`),
      { view: "stacked" },
    );
    const save = async (label: string): Promise<Buffer> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(".exports vscode-button", { hasText: label }).click(),
      ]);
      return readFile(await download.path());
    };
    const svg = (await save("SVG…")).toString();
    assert.ok(svg.startsWith("<svg xmlns=") && !svg.includes("var("));
    const png = await save("PNG…");
    assert.equal(png.readUInt32BE(16), 2 * Math.round(Number(/width="([\d.]+)"/.exec(svg)?.[1])));
    const again = path.join(folder, "page.html");
    await writeFile(again, await save("HTML…"));
    await page.goto(pathToFileURL(again).href);
    await page.waitForSelector(".plot svg");
    assert.match(await sentence(), /one sample's force plot/);
  });
});
