/** The Sweep panel's view in a plain browser: sorted, read by keys, in a narrow column and in every theme. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { TrialRow } from "../../src/protocol/sweep";
import type { HostToSweep, SweepState } from "../../src/protocol/sweepMessages";
import { launchChromium } from "../hosts/chromium.mjs";
import { type PageOptions, WebviewPage } from "./webviewPage";

const RATES = [0.0001, 0.001, 0.01, 0.1];

/** Trial n of 12: the loss is lowest at a rate of 0.01 and many units. */
function trial(index: number): TrialRow {
  const rate = RATES[index % 4];
  const units = [32, 64, 128][Math.floor(index / 4)];
  const loss = 0.2 + 0.3 * Math.abs(Math.log10(rate) + 2) + 4 / units;
  const status =
    index > 9 ? "waiting" : index === 9 ? "running" : index === 7 ? "failed" : loss > 0.9 ? "pruned" : "done";
  return {
    number: index + 1,
    values: {
      learningRate: rate,
      hiddenUnits: units,
      optimizer: index % 2 === 0 ? "adam" : "sgd",
      augment: index % 3 === 0,
    },
    ...(index > 9 ? {} : { run: `20261126-0500${index}-digits-76eb` }),
    status,
    ...(index > 8 || index === 7 ? {} : { best: { value: loss, epoch: 4 } }),
    epoch: status === "done" ? 5 : index > 8 ? 0 : 3,
    epochs: index > 9 ? 0 : 5,
    seconds: index > 9 ? 0 : 4.2 + index,
  };
}

const state: SweepState = {
  name: "20261126-050031-digits-76eb",
  recipe: "digits",
  axes: [
    { name: "learningRate", log: true },
    { name: "hiddenUnits", log: false },
    { name: "optimizer", log: false },
    { name: "augment", log: false },
  ],
  search: "grid",
  metric: "val_loss",
  goal: "lowest",
  status: "running",
  rows: Array.from({ length: 12 }, (_, i) => trial(i)),
};

describe("the sweep view", () => {
  let browser: Browser;
  let view: WebviewPage<HostToSweep>;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  afterEach(async () => {
    await view.page.close();
    assert.deepEqual(view.errors, []);
  });
  const open = async (options: Partial<PageOptions> = {}, change: Partial<SweepState> = {}): Promise<void> => {
    view = await WebviewPage.open(browser, { script: "sweep", ...options });
    await view.say({ type: "state", state: { ...state, ...change } });
  };
  const trials = (): Promise<string[]> => view.page.locator(".trials tbody tr td:first-child").allInnerTexts();

  it("stands with the best trial first, and sorts by the column that is clicked", async () => {
    await open();
    assert.equal((await trials())[0], "7");
    await view.page.getByTitle("Sort by hiddenUnits").click();
    await view.page.getByTitle("Sort by hiddenUnits").click();
    // Drawn with the next frame.
    assert.equal(await view.page.locator("th[aria-sort=descending]").innerText(), "hiddenUnits");
    assert.equal((await trials())[0], "9");
  });

  it("reads the lines by keys, and opens a trial's run", async () => {
    await open();
    const lines = view.page.locator("[data-line]");
    await lines.first().waitFor();
    await view.page.locator("[data-line][tabindex='0']").focus();
    await view.page.keyboard.press("ArrowDown");
    const note = view.page.locator(".note");
    await note.filter({ hasText: /^Trial 3: learningRate 0.01, hiddenUnits 32/ }).waitFor();
    assert.equal(await view.page.locator("tr.highlighted td").first().innerText(), "3");
    await view.page.keyboard.press("Enter");
    assert.equal((await view.next("openRun")).run, trial(2).run);
    await view.page.locator(".trials tbody tr").first().click();
    assert.equal((await view.next("openRun")).run, trial(6).run);
  });

  it("stops and goes on", async () => {
    await open();
    await view.page.getByRole("button", { name: "Stop" }).click();
    await view.next("stop");
    await view.say({ type: "state", state: { ...state, status: "stopped" } });
    await view.page.getByRole("button", { name: "Resume" }).click();
    await view.next("resume");
  });

  it("says why there is nothing to show, and what is to come", async () => {
    await open({}, { rows: state.rows.map(({ best: _best, ...row }) => row) });
    await view.page.getByText("A trial shows here after its first epoch.").waitFor();
    await view.say({ type: "failed", message: "It is gone." });
    assert.equal(await view.page.getByRole("alert").innerText(), "It is gone.");
  });

  it("fits a narrow column: what is wider scrolls by itself", async () => {
    await open({ width: 360 });
    await view.page.locator("[data-line]").first().waitFor();
    assert.equal(await view.page.evaluate(() => document.documentElement.scrollWidth), 360);
  });

  const pictures = process.env.SWEEP_PICTURES;
  if (pictures !== undefined)
    for (const theme of ["vscode-light", "vscode-dark", "vscode-high-contrast"] as const)
      for (const width of [380, 1000])
        it(`picture ${theme} ${width}`, async () => {
          await open({ theme, width });
          await view.page.locator("[data-line]").nth(4).focus();
          await view.page.locator("tr.highlighted").waitFor();
          await view.page.screenshot({ path: `${pictures}/${theme}-${width}.png` });
        });
});
