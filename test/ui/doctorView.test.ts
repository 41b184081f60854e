/** The doctor's view: what it says of a report, and what its buttons ask for. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { HostToDoctor } from "../../src/protocol/doctorMessages";
import { launchChromium } from "../hosts/chromium.mjs";
import { doctorReport } from "../unit/doctorReports";
import { WebviewPage } from "./webviewPage";

describe("the doctor's view", () => {
  let browser: Browser;
  let view: WebviewPage<HostToDoctor>;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    view = await WebviewPage.open(browser, { script: "doctor" });
  });
  afterEach(async () => {
    await view.page.close();
    assert.deepEqual(view.errors, []);
  });

  const row = (name: string) => view.page.locator(".backend", { has: view.page.locator("h3", { hasText: name }) });
  const button = (text: string) => view.page.locator("vscode-button", { hasText: text });

  it("shows what is tried while there is no report, and can be told to end", async () => {
    await view.say({ type: "state", state: { progress: { step: 3, steps: 6, backend: "wasm" } } });
    assert.equal(await view.page.locator("[role=status]").textContent(), "Trying wasm… (3 of 6)");
    assert.equal(await view.page.locator("[role=progressbar]").getAttribute("aria-valuenow"), "33");
    assert.equal(await view.page.locator(".backend").count(), 0);
    await button("Cancel").click();
    await view.next("cancel");
  });

  it("says of each backend whether it works, how fast it is, or what would help", async () => {
    await view.say({ type: "state", state: { report: doctorReport } });
    assert.match((await view.page.locator(".choice").textContent()) ?? "", /takes native.*AMD EPYC, 2 threads/);
    assert.deepEqual(await view.page.locator(".backend h3").allTextContents(), [
      "cuda",
      "webgpu",
      "native",
      "wasm",
      "cpu",
    ]);
    assert.match((await row("native").textContent()) ?? "", /usable.*chosen.*1,235 GFLOP\/s.*208 GFLOP\/s/);
    assert.match((await row("cuda").textContent()) ?? "", /crashes.*SIGABRT.*Install it again\.[^]*Aborted/);
    assert.match((await row("webgpu").textContent()) ?? "", /by name only.*Mesa 22\.3\.6.*--backend webgpu/);
    assert.match((await row("wasm").textContent()) ?? "", /SIGSEGV as it ended/);
    assert.match((await row("cpu").textContent()) ?? "", /does not answer/);
    const wanted = view.page.locator("[aria-label=NVIDIA] .table tbody tr");
    assert.deepEqual(await wanted.locator("td").allTextContents(), ["11.2  found", "8.1  not found"]);
  });

  it("offers to install what is missing, and waits while a report is made", async () => {
    const missing = {
      name: "native",
      state: "unavailable",
      reason: "the package is not installed",
      fix: 'Run "trainlens install-backend native".',
    } as const;
    const report = { ...doctorReport, backends: [missing] };
    await view.say({ type: "state", state: { report } });
    await row("native").locator("vscode-button", { hasText: "Python's TensorFlow" }).click();
    assert.deepEqual((await view.next("install")).request, { backend: "native", libtensorflow: "python" });
    await row("native").locator("vscode-button", { hasText: "500 MB" }).click();
    assert.deepEqual((await view.next("install")).request, { backend: "native", libtensorflow: "bundled" });
    await view.say({ type: "state", state: { report, progress: { step: 1, steps: 6, backend: "auto" } } });
    assert.equal(await row("native").locator("vscode-button[disabled]").count(), 2);
  });

  it("copies, and runs again with the old report in sight", async () => {
    await view.say({ type: "state", state: { report: doctorReport } });
    await button("Copy as Text").click();
    await view.next("copy");
    await view.say({ type: "copied" });
    await button("Copied").waitFor();
    await button("Run Again").click();
    await view.next("run");
    await view.say({
      type: "state",
      state: { report: doctorReport, progress: { step: 1, steps: 6, backend: "auto" } },
    });
    assert.equal(await view.page.locator(".report.stale[aria-busy=true] .backend").count(), 5);
  });

  it("says why there is no report", async () => {
    await view.say({ type: "state", state: { failure: { message: "No Node is there.", advice: "Name one." } } });
    assert.equal(await view.page.locator("[role=alert]").textContent(), "No Node is there. Name one.");
    assert.equal(await button("Run").count(), 1);
  });

  it("shows as text whatever a package says of itself", async () => {
    const hostile = `<img src=x onerror="window.pwned=1">`;
    const [crashed] = doctorReport.backends;
    const backends = [{ ...crashed, reason: hostile, fix: hostile, output: hostile } as typeof crashed];
    await view.say({ type: "state", state: { report: { ...doctorReport, backends } } });
    assert.match((await row("cuda").textContent()) ?? "", /<img src=x/);
    assert.equal(await view.page.locator("#app img").count(), 0);
  });

  for (const width of [320, 700, 1400])
    it(`fits into ${width} px`, async () => {
      await view.page.setViewportSize({ width, height: 900 });
      await view.say({ type: "state", state: { report: doctorReport } });
      await view.page.locator(".backend").first().waitFor();
      const overflow = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
    });
});
