/** NVIDIA's cards in the Training panel: in the view, and in the window with an nvidia-smi of the test's. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { ownStartTime, processStartTime } from "../../src/processes";
import { type NewRunEvent, formatEventLine } from "../../src/protocol/events";
import type { GpuSample } from "../../src/protocol/nvidiaSmi";
import { stamp } from "../../src/protocol/reducer";
import { RUNS_FOLDER } from "../../src/protocol/runFolder";
import type { HostToTraining } from "../../src/protocol/trainingMessages";
import { manifestOf } from "../extension/runFolders";
import { launchChromium } from "../hosts/chromium.mjs";
import { WebviewPage } from "./webviewPage";
import { Workbench } from "./workbench";

/** What a run has said that works on a card, and is this process. */
const events: NewRunEvent[] = [
  { type: "started", pid: process.pid, processStartedAt: ownStartTime(), host: os.hostname() },
  {
    type: "backend",
    name: "cuda",
    device: "NVIDIA GeForce RTX 3090, CUDA",
    driver: "550.54.14",
    version: "4.22.0 on libtensorflow 2.9.1",
    reason: "the GPU through CUDA is the fastest there is",
    passedOver: [],
  },
  {
    type: "batches",
    epoch: 1,
    epochs: 10,
    firstStep: 1,
    batch: 40,
    batchesPerEpoch: 60,
    metrics: { loss: Array.from({ length: 40 }, (_, i) => 2 / (1 + i / 5)) },
    examplesPerSecond: 20_000,
  },
];

describe("cards in the training view", () => {
  let browser: Browser;
  let view: WebviewPage<HostToTraining>;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    view = await WebviewPage.open(browser, { script: "training" });
  });
  afterEach(async () => {
    await view.page.close();
    assert.deepEqual(view.errors, []);
  });

  const snapshot = (alive: boolean): HostToTraining => ({
    type: "snapshot",
    manifest: manifestOf("digits"),
    events: events.map((event) => stamp(event)),
    facts: { alive, stopRequested: false },
  });
  const sample = (index: number, ago: number): GpuSample => ({
    time: Date.now() - ago,
    index,
    name: "NVIDIA GeForce RTX 3090",
    utilization: 37,
    memoryUsed: 1536,
    memoryTotal: 24_576,
    temperature: 41,
    power: 118.27,
  });

  it("show what they do, each with its lines, while the run is active", async () => {
    await view.say(snapshot(true));
    assert.equal(await view.page.locator(".gpu").count(), 0);
    await view.say({ type: "gpu", samples: [sample(0, 4000), sample(1, 4000)] });
    await view.say({ type: "gpu", samples: [sample(0, 2000), sample(1, 2000)] });
    const cards = view.page.locator(".gpu");
    assert.equal(await cards.count(), 2);
    const text = (await cards.first().textContent()) ?? "";
    assert.match(text, /GPU 0: NVIDIA GeForce RTX 3090 41 °C, 118 W.*37 %.*1\.5 GiB of 24\.0 GiB/);
    assert.equal(await cards.first().locator("polyline").count(), 2);
    await view.say({ type: "facts", facts: { alive: false, stopRequested: false } });
    assert.equal(await cards.count(), 0);
  });

  it("show of a card only what it tells", async () => {
    await view.say(snapshot(true));
    await view.say({ type: "gpu", samples: [{ time: Date.now(), index: 0, name: "a card", memoryTotal: 1024 }] });
    assert.equal(await view.page.locator(".gpu").count(), 1);
    assert.equal(await view.page.locator(".gpu dt").count(), 0);
  });

  it("are gone where nothing was heard of them for a while", async () => {
    await view.say(snapshot(true));
    await view.say({ type: "gpu", samples: [sample(0, 60_000)] });
    assert.equal(await view.page.locator(".gpu").count(), 0);
  });
});

describe("cards in the window", function () {
  this.timeout(300_000);
  const { PATH } = process.env;
  let folder = "";
  let workbench: Workbench;

  before(async function () {
    if (process.platform === "win32") this.skip();
    folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-gpu-"));
    const run = path.join(folder, ...RUNS_FOLDER.split("/"), "on-a-card");
    mkdirSync(run, { recursive: true });
    writeFileSync(path.join(run, "run.json"), JSON.stringify(manifestOf("on-a-card")));
    writeFileSync(path.join(run, "events.jsonl"), events.map((event) => formatEventLine(stamp(event))).join(""));
    mkdirSync(path.join(folder, "bin"));
    const program = path.join(folder, "bin", "nvidia-smi");
    writeFileSync(
      program,
      `#!/bin/sh
      echo $$ > "${folder}/smi.pid"
      i=0
      while :; do
        echo "0, NVIDIA GeForce RTX 3090, $((40 + i * 37 % 55)), $((9000 + i * 40)), 24576, $((60 + i % 7)), $((280 + i * 13 % 60)).12"
        echo "1, NVIDIA GeForce RTX 3090, [N/A], 3, 24576, 33, [N/A]"
        i=$((i + 1))
        sleep 0.5
      done\n`,
    );
    chmodSync(program, 0o755);
    process.env["PATH"] = `${path.join(folder, "bin")}${path.delimiter}${PATH ?? ""}`;
    workbench = await Workbench.open(folder, { kind: "development" });
  });
  after(async () => {
    process.env["PATH"] = PATH;
    await workbench?.dispose();
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture("failed-gpu");
  });

  it("are shown while the run's panel is open, and watched no longer when it is closed", async () => {
    await workbench.command("TrainLens: Open Training Panel");
    await workbench.pick("on-a-card");
    const cards = workbench.webview().locator(".gpu");
    await cards.nth(1).waitFor();
    assert.match((await cards.first().textContent()) ?? "", /\d+ %.*GiB of 24\.0 GiB/);
    assert.doesNotMatch((await cards.nth(1).textContent()) ?? "", /%/);
    const pid = Number(readFileSync(path.join(folder, "smi.pid"), "utf8"));
    assert.notEqual(await processStartTime(pid), undefined);
    for (const theme of ["light", "dark", "high-contrast"] as const) {
      await workbench.theme(theme);
      for (const [width, name] of [
        [1400, "wide"],
        [760, "narrow"],
      ] as const) {
        await workbench.page.setViewportSize({ width, height: 900 });
        await cards.nth(1).waitFor();
        await workbench.checkReadable(`gpu-${theme}-${name}`);
      }
    }
    await workbench.command("View: Close Editor");
    while ((await processStartTime(pid)) !== undefined) await sleep(50);
    assert.deepEqual(workbench.complaints, []);
  });
});
