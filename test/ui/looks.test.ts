/** Both panels in a narrow column, in Chinese, and in high contrast: what is written fits and can be read. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeExplanation } from "../../src/npz";
import { type NewRunEvent, formatEventLine } from "../../src/protocol/events";
import type { Judgement } from "../../src/protocol/judgement";
import { stamp } from "../../src/protocol/reducer";
import { RUNS_FOLDER } from "../../src/protocol/runFolder";
import { MANIFEST_VERSION, type RunManifest } from "../../src/protocol/runManifest";
import { Workbench } from "./workbench";

const ID = "20261123-161502-digits-7f3a";
const CLASSES = Array.from({ length: 10 }, (_, i) => `${i}`);
/** px of the window, and of the panel beside the activity bar. */
const NARROW = { window: 378, panel: 320 };

const manifest: RunManifest = {
  version: MANIFEST_VERSION,
  id: ID,
  created: Date.now() - 60_000,
  recipe: { name: "digits", path: "/w/digits/train.ts", language: "typescript" },
  hyperparameters: { epochs: 2, learningRate: 0.001 },
  overrides: {},
  seed: 42,
  backendAsked: "auto",
  versions: { trainlens: "0.1.0" },
};

const fractions = Array.from({ length: 21 }, (_, step) => step / 20);
const judgement: Judgement = {
  samples: 3,
  seed: 42,
  additivity: { max: 2.3e-7, mean: 2.7e-8 },
  faithfulness: {
    fractions,
    deletion: fractions.map((x) => 0.1 + 0.9 * Math.exp(-12 * x)),
    insertion: fractions.map((x) => 1 - 0.9 * Math.exp(-9 * x)),
    random: fractions.map((x) => 0.1 + 0.9 / (1 + Math.exp(9 * (x - 0.4)))),
    deletionArea: 0.171,
    insertionArea: 0.903,
    randomArea: 0.457,
  },
  infidelity: { infidelity: 0.0302, relative: 0.1, draws: 100 },
  maxSensitivity: { mean: 0.035, worst: 0.044, draws: 10, radius: 0.02 },
  stability: { relativeWidth: 1.52, resamples: 20 },
};

const epochs = 2;
const events: NewRunEvent[] = [
  {
    type: "backend",
    name: "wasm",
    device: "SIMD",
    version: "4.22.0",
    reason: "it is the fastest that needs no installation",
    passedOver: [{ name: "native", reason: "the package @tensorflow/tfjs-node is not installed" }],
  },
  ...[1, 2].flatMap((epoch): NewRunEvent[] => [
    {
      type: "batches",
      epoch,
      epochs,
      firstStep: 20 * epoch - 19,
      batch: 20,
      batchesPerEpoch: 20,
      metrics: { loss: Array.from({ length: 20 }, (_, i) => 2 / (i + 20 * epoch)) },
      examplesPerSecond: 9000,
    },
    {
      type: "epoch",
      epoch,
      epochs,
      step: 20 * epoch,
      seconds: 1,
      examplesPerSecond: 9000,
      metrics: { loss: 1 / epoch, val_loss: 1.2 / epoch, val_accuracy: 0.9 },
    },
  ]),
  {
    type: "evaluation",
    split: "test",
    metrics: { loss: 0.2, accuracy: 0.94 },
    confusion: CLASSES.map((_, i) => CLASSES.map((_name, j) => (i === j ? 90 : (i * j) % 3))),
    classNames: CLASSES,
  },
  { type: "saved", path: "model/model.json" },
  {
    type: "explained",
    name: "deep-0-2",
    path: "explanations/deep-0-2.shap.npz",
    method: "deep",
    samples: 3,
    background: 100,
    seconds: 1,
    additivityError: 1e-7,
  },
  { type: "ended", outcome: "done" },
];

function writeRun(folder: string): void {
  const run = path.join(folder, RUNS_FOLDER, ID);
  mkdirSync(path.join(run, "explanations"), { recursive: true });
  writeFileSync(path.join(run, "run.json"), JSON.stringify(manifest));
  writeFileSync(path.join(run, "events.jsonl"), events.map((event) => formatEventLine(stamp(event))).join(""));
  const features = 64;
  const bytes = writeExplanation({
    samples: 3,
    featureShape: [8, 8, 1],
    features,
    outputs: 10,
    values: Float32Array.from({ length: 3 * features * 10 }, (_, i) => Math.sin(i) / 100),
    baseValues: new Float64Array(30).fill(0.1),
    data: Float32Array.from({ length: 3 * features }, (_, i) => (i % 9) / 9),
    featureNames: Array.from({ length: features }, (_, i) => `row ${Math.floor(i / 8)}, column ${i % 8}`),
    outputNames: CLASSES,
    meta: { method: "deep", background: 100, seconds: 1, additivityError: 1e-7, labels: [1, 2, 3], judgement },
  });
  writeFileSync(path.join(run, "explanations", "deep-0-2.shap.npz"), bytes);
}

describe("both panels, narrow", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "trainlens-looks-"));
  let workbench: Workbench | undefined;

  before(() => writeRun(folder));
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench?.picture("failed-looks");
    await workbench?.dispose();
    workbench = undefined;
  });

  /** Opens the panel of the run, and goes through both panels with `look`. */
  const tour = async (language: string | undefined, look: (shown: string, words: string) => Promise<void>) => {
    workbench = await Workbench.open(folder, { kind: "development" }, language);
    const { page } = workbench;
    await page.locator(".activitybar [aria-label^=TrainLens]").first().click();
    await workbench.treeRows().filter({ hasText: "digits" }).click();
    const view = workbench.webview();
    await view.locator(".table.scores tbody tr").nth(9).waitFor();
    // The side bar goes; the panel has the window.
    await page.keyboard.press("Control+b");
    await page.setViewportSize({ width: NARROW.window, height: 900 });
    const words = async (): Promise<string> => (await view.locator("main").innerText()).replaceAll(/\s+/g, " ");
    await look("training", await words());
    await view.locator(".explanations vscode-button").click();
    for (const shown of ["force", "stacked", "image"]) {
      await view.locator(`#tab-${shown}`).click();
      await view.locator(`#tab-${shown}[aria-selected=true]`).waitFor();
      await view.locator(".plot svg").first().waitFor();
      await look(shown, await words());
    }
  };
  const checkReadable = async (name: string): Promise<void> => {
    assert.ok(workbench);
    await workbench.checkReadable(name);
    const shown = workbench.webview().locator("body");
    assert.equal(await shown.evaluate(() => innerWidth), NARROW.panel);
  };

  it("fit in Chinese, and say all in Chinese but what a recipe names", async () => {
    const expected: Record<string, string[]> = {
      training: ["已完成", "轮次", "解释", "曲线", "混淆矩阵", "各类别的得分", "后端"],
      force: ["打开运行", "样本数", "单个样本", "模型输出", "影响最大的特征", "这份解释有多好", "最大敏感度"],
      stacked: ["所有样本", "每一列是一个样本的力图", "样本排序依据"],
      image: ["图像", "红色像素", "复制为 SVG"],
    };
    await tour("zh-cn", async (shown, words) => {
      for (const word of expected[shown]) assert.ok(words.includes(word), `${word} in: ${words}`);
      await checkReadable(`zh-${shown}-narrow`);
    });
    assert.ok(workbench);
    assert.deepEqual(workbench.complaints, []);
  });

  it("can be read in both themes of high contrast", async () => {
    await tour(undefined, async (shown) => {
      assert.ok(workbench);
      for (const theme of ["high-contrast-light", "high-contrast"] as const) {
        await workbench.page.setViewportSize({ width: 1000, height: 900 });
        await workbench.theme(theme);
        await workbench.page.setViewportSize({ width: NARROW.window, height: 900 });
        await checkReadable(`${shown}-${theme}-column`);
      }
    });
  });
});
