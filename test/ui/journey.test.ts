/**
 * A user's whole way through the window, from an empty folder to the stacked force plot, by the palette.
 * With TRAINLENS_TEST_VSIX it goes the same way in the packaged extension, installed.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { RUN_FILES, RUNS_FOLDER } from "../../src/protocol/runFolder";
import { EventTail } from "../../src/runFolder";
import { readExplanation } from "../../src/npz";
import type { RunEvent } from "../../src/protocol/events";
import { Workbench } from "./workbench";

const vsix = process.env["TRAINLENS_TEST_VSIX"];
/** Enough that a run is still going after the window was reloaded, on a fast machine and in a slow window. */
const EPOCHS = 3000;
/** After a resume the recipe asks for this many more only. */
const MORE_EPOCHS = 8;

describe(vsix ? "the whole way, with the packaged extension" : "the whole way", function () {
  this.timeout(300_000);
  this.bail(true);
  let folder = "";
  let workbench: Workbench;
  let recipe = "";

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "trainlens-journey-"));
    workbench = await Workbench.open(folder, vsix ? { kind: "vsix", file: vsix } : { kind: "development" });
    recipe = path.join(folder, "digits", "train.ts");
  });
  after(async () => {
    await workbench?.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture(`failed-${vsix ? "vsix" : "development"}`);
  });

  const runFolder = (): string => {
    const runs = path.join(folder, ...RUNS_FOLDER.split("/"));
    const [only, ...others] = readdirSync(runs);
    assert.ok(only !== undefined && others.length === 0, "there is one run");
    return path.join(runs, only);
  };
  const events = async (): Promise<RunEvent[]> => await new EventTail(path.join(runFolder(), RUN_FILES.events)).read();
  const epochsDone = async (): Promise<number> => (await events()).filter(({ type }) => type === "epoch").length;

  /** The Training panel has curves, and the position it shows moves on. */
  const curvesGrow = async (): Promise<void> => {
    const view = workbench.webview();
    await view.locator(".canvas canvas").first().waitFor();
    const figures = view.locator(".figures").first();
    const before = (await figures.textContent()) ?? "";
    assert.match(before, /Epoch/);
    await figures.filter({ hasNotText: before }).waitFor();
  };

  it("writes a recipe and opens it", async () => {
    await workbench.command("TrainLens: New Recipe…");
    await workbench.pick("digits");
    await workbench.pick("TypeScript");
    await workbench.answer("to write to");
    await workbench.tab("train.ts").waitFor();
    const text = readFileSync(recipe, "utf8");
    assert.match(text, /epochs: 10\b/);
    await workbench.page.locator(".codelens-decoration", { hasText: "Train" }).first().waitFor();
    await workbench.picture("recipe");
    // A longer run, as a user would ask for: with an edit of the file.
    writeFileSync(recipe, text.replace(/epochs: 10\b/, `epochs: ${EPOCHS}`));
    await workbench.page.locator(".view-line", { hasText: `epochs: ${EPOCHS}` }).waitFor();
  });

  it("trains it and shows it live", async () => {
    await workbench.command("TrainLens: Train");
    await workbench.tab("Training: ").waitFor();
    await workbench.statusBar(/epoch \d+/).waitFor();
    await workbench.command("TrainLens: Focus on Runs View");
    await workbench.treeRows().filter({ hasText: "epoch" }).waitFor();
    await curvesGrow();
    await workbench.picture("training-live");
  });

  // What does not depend on how the extension is packed is seen once.
  if (!vsix)
    it("goes on through a reload of the window, and is followed again", async () => {
      const before = await epochsDone();
      await workbench.reloadWindow();
      await workbench.treeRows().filter({ hasText: "epoch" }).waitFor();
      await workbench.statusBar(/epoch \d+/).waitFor();
      await workbench.tab("Training: ").waitFor();
      await curvesGrow();
      const all = await events();
      assert.equal(all.filter(({ type }) => type === "started").length, 1, "the same process");
      assert.ok((await epochsDone()) > before, "it trained meanwhile");
      assert.ok(!all.some(({ type }) => type === "ended"), "it still trains");
    });

  it("stops it, and resumes it to its end", async () => {
    await workbench.command("TrainLens: Stop Run");
    await workbench.pick("digits");
    await workbench.treeRows().filter({ hasText: "stopped" }).waitFor();
    const stoppedAt = await epochsDone();
    assert.ok(stoppedAt < EPOCHS);
    const wanted = stoppedAt + MORE_EPOCHS;
    writeFileSync(recipe, readFileSync(recipe, "utf8").replace(`epochs: ${EPOCHS}`, `epochs: ${wanted}`));
    await workbench.command("TrainLens: Resume Run");
    await workbench.pick("digits");
    await workbench.treeRows().filter({ hasText: "done" }).waitFor({ timeout: 180_000 });
    assert.equal(await epochsDone(), wanted, "each epoch once");
    assert.ok(existsSync(path.join(runFolder(), "model", "model.json")));
    await workbench.tab("Training: ").click();
    await workbench.command("View: Close Editors in Other Groups");
    await workbench.webview().locator(".table.scores tbody tr").nth(9).waitFor();
    await workbench.picture("training-done");
  });

  it("explains ten digits, and opens the force plot of one", async () => {
    await workbench.command("TrainLens: Explain Run…");
    await workbench.pick("digits");
    await workbench.answer("Rows of the test data", "0-9");
    await workbench.answer("How many rows", "100");
    await workbench.pick("deep");
    await workbench.pick("Explain only");
    await workbench.tab(".shap.npz").waitFor();
    await workbench.command("View: Close Other Editors in Group");
    const [file] = readdirSync(path.join(runFolder(), RUN_FILES.explanations));
    const explanation = readExplanation(readFileSync(path.join(runFolder(), RUN_FILES.explanations, file)));
    assert.deepEqual([explanation.samples, explanation.features, explanation.outputs], [10, 784, 10]);
    assert.ok(explanation.values.every(Number.isFinite));
    const view = workbench.webview();
    await view.locator("#tab-force").click();
    await view.locator(".plot svg").waitFor();
    await workbench.picture("force");
  });

  it("stacks all ten", async () => {
    const view = workbench.webview();
    await view.locator("#tab-stacked").click();
    await view.locator("#tab-stacked[aria-selected=true]").waitFor();
    await view.locator(".plot svg", { hasText: "similar" }).waitFor();
    await workbench.picture("stacked");
  });

  it("lays the attributions over the digit", async () => {
    const view = workbench.webview();
    await view.locator("#tab-image").click();
    await view.locator(".plot image").first().waitFor();
    await workbench.picture("image");
    assert.deepEqual(workbench.complaints, []);
  });

  // Both of high contrast have tests of their own.
  for (const theme of vsix ? [] : (["light", "dark"] as const))
    it(`is readable in the ${theme} theme, wide and narrow`, async () => {
      await workbench.theme(theme);
      for (const [width, name] of [
        [1400, "wide"],
        [760, "narrow"],
      ] as const) {
        await workbench.page.setViewportSize({ width, height: 900 });
        await workbench.tab(".shap.npz").click();
        for (const view of ["force", "stacked", "image"]) {
          await workbench.webview().locator(`#tab-${view}`).click();
          await workbench.webview().locator(`#tab-${view}[aria-selected=true]`).waitFor();
          await workbench.webview().locator(".plot svg").first().waitFor();
          await workbench.checkReadable(`${view}-${theme}-${name}`);
        }
        await workbench.command("TrainLens: Open Training Panel");
        await workbench.pick("digits");
        await workbench.webview().locator(".table.scores").waitFor();
        await workbench.checkReadable(`training-${theme}-${name}`);
      }
      await workbench.page.setViewportSize({ width: 1400, height: 900 });
    });

  // A window with the tests' driver shows no dialog.
  if (vsix)
    it("asks before it deletes the run, and keeps it with Cancel", async () => {
      await workbench.command("TrainLens: Focus on Runs View");
      const deleteRun = async (answer: string): Promise<void> => {
        await workbench.command("TrainLens: Delete Run");
        await workbench.pick("digits");
        const dialog = workbench.page.locator(".monaco-dialog-box", { hasText: "Delete this run of digits?" });
        await dialog.waitFor();
        await workbench.picture("delete");
        await dialog.locator(".monaco-button", { hasText: new RegExp(`^${answer}$`) }).click();
        await dialog.waitFor({ state: "detached" });
      };
      const kept = runFolder();
      await deleteRun("Cancel");
      await workbench.treeRows().filter({ hasText: "done" }).first().waitFor();
      assert.ok(existsSync(kept));
      await deleteRun("Delete");
      await workbench.treeRows().filter({ hasText: "done" }).first().waitFor({ state: "detached" });
      assert.ok(!existsSync(kept));
    });
});
