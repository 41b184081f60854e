/** The augmentation's view: what it shows of a preview, and what its controls ask for. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { AugmentationState, HostToAugmentation, Preview } from "../../src/protocol/preview";
import { launchChromium } from "../hosts/chromium.mjs";
import { WebviewPage } from "./webviewPage";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const preview: Preview = {
  type: "preview",
  seed: 42,
  steps: ["randomRotation 0.1"],
  strengths: [
    { name: "augment", value: true, changes: [] },
    { name: "rotation", value: 0.1, most: 0.5, changes: ["randomRotation factor"] },
  ],
  height: 28,
  width: 28,
  examples: [
    {
      original: { png: PNG, label: "cat" },
      augmented: [
        { png: PNG, label: "cat" },
        { png: PNG, label: "cat 60 %, dog 40 %" },
      ],
    },
  ],
};

const state: AugmentationState = {
  ...{ recipe: "pets", request: { set: {}, seed: 42 }, busy: false, preview, strengths: "recipe's" },
};

describe("the augmentation's view", () => {
  let browser: Browser;
  let view: WebviewPage<HostToAugmentation>;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    view = await WebviewPage.open(browser, { script: "augmentation" });
  });
  afterEach(async () => {
    await view.page.close();
    assert.deepEqual(view.errors, []);
  });

  const button = (text: string) => view.page.locator("vscode-button", { hasText: text });
  const say = (changes: Partial<AugmentationState> = {}) =>
    view.say({ type: "state", state: { ...state, ...changes } });

  it("shows originals beside variants, with the shares of a blend", async () => {
    await say();
    assert.deepEqual(
      await view.page.locator("img").evaluateAll((images) => images.map((image) => image.getAttribute("alt"))),
      ["Original 1", "Variant 1 of picture 1", "Variant 2 of picture 1"],
    );
    assert.deepEqual(await view.page.locator("figcaption").allTextContents(), ["cat", "cat 60 %, dog 40 %"]);
    assert.equal(await view.page.locator("[role=status]").textContent(), "Draws of seed 42: randomRotation 0.1.");
  });

  it("asks for other strengths by the keys, for other draws, and for the recipe's own", async () => {
    await say();
    await view.page.locator("#strength-rotation").focus();
    await view.page.keyboard.press("ArrowRight");
    assert.deepEqual((await view.next("show")).request, { set: { rotation: 0.105 }, seed: 42 });
    await view.page.locator("#strength-augment").press("Space");
    assert.deepEqual((await view.next("show")).request, { set: { augment: false }, seed: 42 });
    await button("Other Draws").click();
    assert.deepEqual((await view.next("show")).request, { set: {}, seed: 43 });
    assert.equal(await view.page.locator("vscode-button[disabled]").count(), 2);
    await say({ request: { set: { rotation: 0.3 }, seed: 42 }, strengths: "changed" });
    assert.equal(await view.page.locator("input[type=number]").inputValue(), "0.3");
    await button("Write to Recipe").click();
    await view.next("write");
    await button("Recipe's Values").click();
    assert.deepEqual((await view.next("show")).request, { set: {}, seed: 42 });
  });

  it("says what is wrong, and writes nothing then", async () => {
    await say({ failure: { message: "Too much.", advice: "Give less." }, strengths: "changed" });
    assert.equal(await view.page.locator("[role=alert]").textContent(), "Too much. Give less.");
    assert.equal(await view.page.locator("vscode-button[disabled]", { hasText: "Write" }).count(), 1);
    await say({ preview: { ...preview, strengths: [] } });
    assert.match((await view.page.locator(".hint").textContent()) ?? "", /reads no hyperparameters/);
  });

  for (const width of [320, 1400])
    it(`fits into ${width} px`, async () => {
      await view.page.setViewportSize({ width, height: 900 });
      await say();
      const overflow = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
    });
});
