/** The Training panel's view in a plain browser: by keys, in a narrow column, and after an early end. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { NewRunEvent } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { MANIFEST_VERSION } from "../../src/protocol/runManifest";
import type { HostToTraining } from "../../src/protocol/trainingMessages";
import type { TreeModel } from "../../src/protocol/treeModel";
import { launchChromium } from "../hosts/chromium.mjs";
import { pictureGrid } from "../../src/runner/plot/pictureGrid";
import { WebviewPage, type PageOptions } from "./webviewPage";

const CLASSES = Array.from({ length: 10 }, (_, i) => `${i}`);

const evaluated: NewRunEvent[] = [
  {
    type: "evaluation",
    split: "test",
    metrics: { loss: 0.2, accuracy: 0.94 },
    confusion: CLASSES.map((_, i) => CLASSES.map((_name, j) => (i === j ? 90 : (i * j) % 3))),
    classNames: CLASSES,
  },
  { type: "ended", outcome: "done" },
];

const snapshot = (events: NewRunEvent[], alive = false): HostToTraining => ({
  type: "snapshot",
  manifest: {
    version: MANIFEST_VERSION,
    id: "20261123-161502-digits-7f3a",
    created: 1,
    recipe: { name: "digits", path: "/w/train.ts", language: "typescript" },
    hyperparameters: { epochs: 10 },
    overrides: {},
    seed: 42,
    backendAsked: "auto",
    versions: {},
  },
  events: events.map((event) => stamp(event)),
  facts: { alive, stopRequested: false },
});

describe("the training view", () => {
  let browser: Browser;
  let view: WebviewPage<HostToTraining>;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  afterEach(async () => {
    await view.page.close();
    assert.deepEqual(view.errors, []);
  });
  const open = async (options: Partial<PageOptions> = {}): Promise<void> => {
    view = await WebviewPage.open(browser, { script: "training", ...options });
  };

  it("shows how far the download of a model's weights is", async () => {
    await open();
    const download = (done: number): NewRunEvent => ({ type: "download", file: "vgg16.h5", done, total: 58_889_256 });
    const started: NewRunEvent = { type: "started", pid: 1, processStartedAt: 1, host: "here" };
    await view.say(snapshot([started, download(0)], true));
    await view.say({ type: "events", events: [stamp(download(12_000_000))] });
    assert.match(await view.page.locator("[role=status]").innerText(), /Downloading/);
    assert.match(await view.page.locator(".figures").innerText(), /Downloaded\s+12 of 59 MB/);
    assert.equal(await view.page.getByRole("progressbar").getAttribute("aria-valuenow"), "20");
  });

  it("shows predicted against true quantities, by keys, with a comparison, in every theme", async () => {
    const truth = Array.from({ length: 66 }, (_, i) => 40 + ((i * 37) % 260));
    const predicted = truth.map((value, i) => 60 + 0.7 * value + 40 * Math.sin(i));
    const metrics = { loss: 2860, mae: 44.1, r2: 0.49 };
    const events: NewRunEvent[] = [
      {
        type: "evaluation",
        split: "test",
        metrics,
        predictions: [{ name: "progression", truth, predicted, rows: 66 }],
      },
      {
        type: "compared",
        hyperparameters: { augment: false },
        split: "test",
        compared: { metrics: { ...metrics, r2: 0.41 } },
        asTrained: { metrics },
      },
      { type: "ended", outcome: "done" },
    ];
    const looks = [
      { theme: "vscode-light", width: 900 },
      { theme: "vscode-high-contrast", width: 900 },
      { theme: "vscode-dark", width: 300 },
    ] as const;
    for (const look of looks) {
      await open(look);
      await view.say(snapshot(events));
      const plot = view.page.locator(".predictions");
      await plot.locator("circle").nth(65).waitFor();
      await plot.locator("svg").press("End");
      await plot.locator(".note", { hasText: /^True 299, predicted .*: too (high|low) by/ }).waitFor();
      const { scroll, client } = await view.page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      assert.ok(scroll <= client, `${look.theme} is wider than the panel`);
      assert.match((await view.page.locator("section[aria-label=Comparison]").textContent()) ?? "", /augment=false/);
      if (look !== looks[2]) await view.page.close();
    }
  });

  it("shows what the model makes, the newest first, and keeps what came before", async () => {
    await open();
    const { png, width, height } = pictureGrid({ data: new Float32Array(16 * 9).fill(1), shape: [16, 3, 3, 1] });
    const samples = (epoch: number): NewRunEvent => {
      const name = `samples/epoch-00${epoch}.png`;
      return { type: "samples", epoch, path: name, png: Buffer.from(png).toString("base64"), width, height };
    };
    await view.say(snapshot([samples(1), samples(2)], true));
    await view.say({ type: "events", events: [stamp(samples(3))] });
    const captions = view.page.locator(".sample figcaption");
    assert.deepEqual(await captions.allTextContents(), ["Epoch 3", "Epoch 2", "Epoch 1"]);
    const loaded = view.page
      .locator(".sample img")
      .evaluateAll((images: HTMLImageElement[]) =>
        images.map(({ naturalWidth, width: shown }) => [naturalWidth, shown]),
      );
    assert.deepEqual(await loaded, [
      [width, 3 * width],
      [width, width],
      [width, width],
    ]);
  });

  it("begins another run with the hyperparameters that are typed, and says in words what cannot be", async () => {
    await open();
    const changed = snapshot([]);
    assert.ok(changed.type === "snapshot");
    const hyperparameters = { epochs: 10, learningRate: 0.001, augment: true };
    await view.say({ ...changed, manifest: { ...changed.manifest, hyperparameters } });
    const form = view.page.locator(".hyperparameters");
    const again = view.page.locator("vscode-button", { hasText: "Run Again" });
    assert.equal(await again.getAttribute("disabled"), "");
    const epochs = form.locator("vscode-text-field input").first();
    await epochs.fill("2.5");
    await form.getByText("Write a whole number above 0.").waitFor();
    await epochs.press("Enter");
    await epochs.fill("3");
    await form.getByText("was 10").waitFor();
    await form.locator("vscode-checkbox").press("Space");
    await form.getByText("was true").waitFor();
    await epochs.press("Enter");
    assert.deepEqual((await view.next("runAgain")).set, { epochs: 3, augment: false });
    await view.page.locator("vscode-button", { hasText: "Put Back" }).click();
    await form.getByText("was 10").waitFor({ state: "detached" });
    assert.equal(await epochs.inputValue(), "10");
    const pictures = process.env.SWEEP_PICTURES;
    if (pictures !== undefined) {
      await epochs.fill("-1");
      await form.screenshot({ path: `${pictures}/form.png` });
    }
  });

  it("draws a run's tree, unfolds and reads it by keys, and changes to another", async () => {
    await open({ width: 500 });
    await view.say(snapshot([{ type: "trees", kind: "random forest", task: "classification", trees: 2, features: 1 }]));
    const stump = (threshold: number): TreeModel["trees"][number] => ({
      ...{ children_left: [1, -1, -1], children_right: [2, -1, -1], feature: [0, -1, -1] },
      threshold: [threshold, 0, 0],
      value: [
        [0.5, 0.5],
        [1, 0],
        [0, 1],
      ],
      weighted_n_node_samples: [40, 20, 20],
    });
    const model: TreeModel = {
      ...{ format: "trainlens-trees", kind: "random forest", task: "classification", combine: "mean" },
      ...{ n_features: 1, feature_names: ["petal length"], output_names: ["setosa", "virginica"] },
      trees: [stump(2.45), stump(3)],
    };
    await view.say({ type: "trees", trees: { model } });
    const items = view.page.getByRole("treeitem");
    const labels = (): Promise<(string | null)[]> =>
      items.evaluateAll((nodes) => nodes.map((node) => node.getAttribute("aria-label")));
    assert.deepEqual(await labels(), [
      "petal length ≤ 2.45? setosa, 40 rows · 50 %",
      "Yes: Leaf: setosa, 20 rows · 100 %",
      "No: Leaf: virginica, 20 rows · 100 %",
    ]);
    await items.first().focus();
    await view.page.keyboard.press("End");
    const rule = view.page.locator(".tree-rule");
    await rule.filter({ hasText: "petal length > 2.45: 20 of 40 training rows." }).waitFor();
    const focused = (): Promise<string | null> =>
      view.page.evaluate(() => document.activeElement?.getAttribute("aria-posinset") ?? null);
    assert.equal(await focused(), "2");
    await view.page.keyboard.press("ArrowLeft");
    await view.page.keyboard.press("ArrowLeft");
    await view.page.locator("[role=treeitem][aria-expanded=false]").waitFor();
    assert.equal(await items.count(), 1);
    await view.page.keyboard.press("Enter");
    await view.page.locator("[role=treeitem][aria-expanded=true]").waitFor();
    await view.page.locator("#tree").click();
    await view.page.getByRole("option", { name: "2", exact: true }).click();
    await view.page.locator("h2", { hasText: "Tree 2 of 2" }).waitFor();
    assert.match((await labels())[0] ?? "", /≤ 3\?/);
  });

  it("has one stop for the Tab key in a confusion matrix, and arrow keys for the rest", async () => {
    await open();
    await view.say(snapshot(evaluated));
    const cells = view.page.locator(".confusion tbody td");
    await cells.first().waitFor();
    assert.equal(await view.page.locator(".confusion tbody td[tabindex='0']").count(), 1);
    await cells.first().focus();
    await view.page.keyboard.press("ArrowRight");
    await view.page.keyboard.press("ArrowDown");
    const said = view.page.locator(".confusion .note");
    assert.equal(await said.textContent(), "90 of 98 examples of “1” were recognised.");
    await view.page.keyboard.press("Tab");
    assert.equal(await view.page.evaluate(() => document.activeElement?.closest(".confusion") === null), true);
    await view.page.keyboard.press("Shift+Tab");
    assert.equal(await said.textContent(), "90 of 98 examples of “1” were recognised.");
  });

  it("fits a confusion matrix of ten classes in a column of 320 px, words and all", async () => {
    await open({ width: 320 });
    await view.say(snapshot(evaluated));
    await view.page.locator(".confusion").waitFor();
    const jutting = await view.page.evaluate(() =>
      [...document.querySelectorAll(".confusion .caption, .confusion table, .scores, html")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth || element.scrollWidth > innerWidth)
        .map((element) => `${element.className} ends at ${element.getBoundingClientRect().right} px`),
    );
    assert.deepEqual(jutting, []);
  });

  it("promises no curves for a run that ended before its first batch", async () => {
    await open();
    await view.say(snapshot([], true));
    await view.page.locator(".empty", { hasText: "being prepared" }).waitFor();
    const error = { name: "UserError", message: "There is no data." };
    await view.say(snapshot([{ type: "ended", outcome: "failed", error }]));
    await view.page.locator(".empty", { hasText: "before its first batch" }).waitFor();
    assert.equal(await view.page.locator(".empty", { hasText: "being prepared" }).count(), 0);
  });

  it("says why a run cannot be shown, until it can", async () => {
    await open();
    await view.say({ type: "failed", message: "The run cannot be shown: EISDIR" });
    await view.page.locator("[role=alert]", { hasText: "EISDIR" }).waitFor();
    await view.say(snapshot(evaluated));
    await view.page.locator("h1", { hasText: "digits" }).waitFor();
    assert.equal(await view.page.locator("[role=alert]").count(), 0);
  });

  for (const theme of ["vscode-high-contrast", "vscode-high-contrast-light"] as const)
    it(`shows in ${theme} how far a run is`, async () => {
      await open({ theme });
      await view.say(snapshot([], true));
      // The theme's colour of scrollbars stands for what is still to do: strong, as VS Code has it there.
      await view.page.addStyleTag({ content: "body { --vscode-scrollbarSlider-background: rgb(111 195 223 / 60%) }" });
      const track = await view.page
        .locator(".progress")
        .evaluate((element) => getComputedStyle(element).backgroundColor);
      assert.equal(track, "rgba(0, 0, 0, 0)");
    });
});
