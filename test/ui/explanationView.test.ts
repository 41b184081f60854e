/** The explanation view where its host refuses, fails, or takes its time. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { type Explanation, sliceOutput } from "../../src/protocol/explanation";
import type { HostToExplanation } from "../../src/protocol/explanationMessages";
import { headerOf } from "../../src/protocol/explanationMessages";
import { launchChromium } from "../hosts/chromium.mjs";
import { WebviewPage } from "./webviewPage";

const explanation: Explanation = {
  samples: 4,
  featureShape: [5],
  features: 5,
  outputs: 3,
  values: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
  baseValues: new Float64Array(12).fill(0.3),
  data: Float32Array.from({ length: 20 }, (_, i) => i),
  featureNames: ["a", "b", "c", "d", "e"],
  outputNames: ["zero", "one", "two"],
  meta: {},
};

describe("the explanation view", () => {
  let browser: Browser;
  let view: WebviewPage<HostToExplanation>;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    view = await WebviewPage.open(browser, { script: "explanation" });
  });
  afterEach(async () => {
    await view.page.close();
    assert.deepEqual(view.errors, []);
  });

  const snapshot = (inRun = false): HostToExplanation => ({
    type: "snapshot",
    header: { ...headerOf(explanation, "digits.shap.npz"), outputValues: new Float32Array(12) },
    inRun,
  });
  /** Answers the next question for a slice, which must be for that output. */
  const answerSlice = async (outputIndex: number): Promise<void> => {
    const { request, outputIndex: asked } = await view.next("slice");
    assert.equal(asked, outputIndex);
    await view.say({
      type: "slice",
      request: Number(request),
      slice: sliceOutput(explanation, outputIndex),
      omitted: 0,
    });
  };
  const choose = async (text: string): Promise<void> => {
    await view.page.click("#output");
    await view.page.locator("#output vscode-option", { hasText: text }).click();
  };

  it("says why a slice cannot be had, and no longer once another one is there", async () => {
    await view.say(snapshot());
    await answerSlice(0);
    await view.page.locator(".plot svg").waitFor();
    await choose("one");
    const { request } = await view.next("slice");
    await view.say({ type: "refused", request: Number(request), message: "The file has shrunk." });
    const alert = view.page.locator("#pane [role=alert]");
    assert.equal(await alert.textContent(), "The file has shrunk.");
    await choose("two");
    await answerSlice(2);
    await view.page.locator(".sentence", { hasText: "two" }).waitFor();
    assert.equal(await alert.count(), 0);
    // What failed is asked for again.
    await choose("one");
    await answerSlice(1);
    await view.page.locator(".sentence", { hasText: "one" }).waitFor();
  });

  it("says that a plot is on the clipboard when the host says so", async () => {
    await view.say(snapshot());
    await answerSlice(0);
    const copy = view.page.locator("vscode-button", { hasText: "Copy as SVG" });
    const said = view.page.locator(".message[role=status]");
    await copy.click();
    const { request, text } = await view.next("copy");
    assert.match(String(text), /^<svg /);
    assert.equal(await said.textContent(), "");
    await view.say({ type: "copied", request: Number(request) });
    await said.filter({ hasText: "on the clipboard" }).waitFor();
    await copy.click();
    await view.say({
      type: "refused",
      request: Number((await view.next("copy"))["request"]),
      message: "There is no clipboard.",
    });
    await said.filter({ hasText: "There is no clipboard." }).waitFor();
  });

  it("opens the run of a file that lies in one, and offers it for no other", async () => {
    const open = view.page.locator("vscode-button", { hasText: "Open Run" });
    await view.say(snapshot(true));
    await answerSlice(0);
    await open.click();
    await view.next("openRun");
    await view.say(snapshot(false));
    await answerSlice(0);
    await view.page.locator(".plot svg").waitFor();
    assert.equal(await open.count(), 0);
  });

  it("shows a file again that could not be read for a while", async () => {
    await view.say(snapshot());
    await answerSlice(0);
    await view.say({ type: "failed", message: "The file is cut off." });
    await view.page.locator("[role=alert]", { hasText: "cut off" }).waitFor();
    await view.say(snapshot());
    await answerSlice(0);
    await view.page.locator(".plot svg").waitFor();
    assert.equal(await view.page.locator("[role=alert]").count(), 0);
  });
});
