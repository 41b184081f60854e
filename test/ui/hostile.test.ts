/** What a hostile explanation file can do in the real editor: be shown as text, or be refused in words. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeExplanation } from "../../src/npz";
import { Workbench } from "./workbench";

const HOSTILE = `<img src=x onerror="window.top.pwned=1;alert(document.domain)">`;

describe("hostile files in the explanation editor", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "trainlens-hostile-"));
  let workbench: Workbench;

  before(async () => {
    const features = 6;
    const bytes = writeExplanation({
      samples: 3,
      featureShape: [features],
      features,
      outputs: 2,
      values: Float32Array.from({ length: 3 * features * 2 }, (_, i) => Math.sin(i) / 10),
      baseValues: new Float64Array(6).fill(0.4),
      data: Float32Array.from({ length: 3 * features }, (_, i) => i),
      featureNames: Array.from({ length: features }, () => HOSTILE),
      outputNames: [HOSTILE, "</script><script>alert(2)</script>"],
      meta: {},
    });
    writeFileSync(path.join(folder, "names.shap.npz"), bytes);
    writeFileSync(path.join(folder, "torn.shap.npz"), bytes.subarray(0, bytes.length / 2));
    workbench = await Workbench.open(folder, { kind: "development" });
  });
  after(async () => {
    await workbench?.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture("failed-hostile");
  });

  it("shows a feature name that is HTML as text", async () => {
    await workbench.openFile("names.shap.npz");
    const view = workbench.webview();
    await view.locator("#tab-force").click();
    await view.locator(".effects table").waitFor();
    assert.equal(await view.locator(".effects .name").first().textContent(), HOSTILE);
    assert.equal(await view.locator("#app img").count(), 0);
    assert.equal(await workbench.page.evaluate(() => "pwned" in window), false);
    assert.deepEqual(workbench.complaints, []);
  });

  it("says in words that a file is torn", async () => {
    await workbench.openFile("torn.shap.npz");
    await workbench.webview().locator("[role=alert]", { hasText: "cut off" }).waitFor();
    assert.deepEqual(workbench.complaints, []);
  });
});
