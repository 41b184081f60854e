/** The doctor in the window: by the palette, and from the Training panel's backend. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Workbench } from "./workbench";

describe("the doctor in the window", function () {
  this.timeout(300_000);
  let folder = "";
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "trainlens-doctor-"));
    // A native library that ends its process, and a GPU package without its libraries.
    const install = async (name: string, source: string): Promise<void> => {
      const at = path.join(folder, "node_modules", ...name.split("/"));
      await mkdir(at, { recursive: true });
      await writeFile(path.join(at, "package.json"), JSON.stringify({ name, main: "index.js" }));
      await writeFile(path.join(at, "index.js"), source);
    };
    await install("@tensorflow/tfjs-node", `console.error("terminate called"); process.abort();`);
    await install("@tensorflow/tfjs-node-gpu", `throw new Error("libcudart.so.11.0: cannot open shared object file");`);
    workbench = await Workbench.open(folder, { kind: "development" });
  });
  after(async () => {
    await workbench?.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.picture("failed-doctor");
  });

  const row = (name: string) =>
    workbench.webview().locator(".backend", { has: workbench.webview().locator("h3", { hasText: name }) });

  it("tries every backend and shows what it found", async () => {
    await workbench.command("TrainLens: Doctor");
    await workbench.tab("TrainLens Doctor").waitFor();
    await workbench.webview().locator("[role=status]", { hasText: "Trying" }).waitFor();
    await workbench.picture("doctor-running");
    await row("wasm").locator(".speeds").waitFor();
    assert.match((await row("native").textContent()) ?? "", /crashes.*SIGABRT/);
    assert.match((await row("cuda").textContent()) ?? "", /not usable.*(NVIDIA|libcud)/);
    assert.match((await row("wasm").textContent()) ?? "", /usable.*GFLOP\/s/);
    await workbench.webview().locator(".trouble", { hasText: "names no backend" }).waitFor();
    await workbench.webview().locator("vscode-button", { hasText: "Run Again" }).waitFor();
  });

  it("still shows it after a reload of the window, without examining again", async () => {
    await workbench.reloadWindow();
    await workbench.tab("TrainLens Doctor").waitFor();
    await row("wasm").locator(".speeds").waitFor();
    assert.equal(await workbench.webview().locator("[role=progressbar]").count(), 0);
    assert.deepEqual(workbench.complaints, []);
  });

  for (const theme of ["light", "dark", "high-contrast"] as const)
    it(`is readable in the ${theme} theme, wide and narrow`, async () => {
      await workbench.theme(theme);
      for (const [width, name] of [
        [1400, "wide"],
        [700, "narrow"],
      ] as const) {
        await workbench.page.setViewportSize({ width, height: 1000 });
        await row("wasm").locator(".speeds").waitFor();
        await workbench.checkReadable(`doctor-${theme}-${name}`);
      }
      await workbench.page.setViewportSize({ width: 1400, height: 900 });
    });
});
