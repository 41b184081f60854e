/**
 * npm run tour: pictures of the wizards and of panels that need a run, in a real window. They lie in out/pictures;
 * `npm run pictures` copies those of the README.
 */
import { mkdtempSync, mkdirSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { execFileSync } from "node:child_process";
import { type Theme, Workbench } from "./workbench";

const ROOT = path.resolve(__dirname, "../../..");
const CLI = path.join(ROOT, "dist/trainlens.js");

const folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-tour-"));
const trainlens = (...args: string[]): void => {
  execFileSync(process.execPath, [CLI, ...args], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
};

/** A stop of the tour: what it shows, by the name of its pictures. */
type Stop = (workbench: Workbench) => Promise<void>;

async function inThemes(workbench: Workbench, name: string, themes: readonly Theme[] = ["light"]): Promise<void> {
  for (const theme of themes) {
    await workbench.theme(theme);
    await workbench.checkReadable(`${name}-${theme}`);
  }
}

async function onlyEditor(workbench: Workbench): Promise<void> {
  await workbench.command("View: Close Other Editors in Group");
  await workbench.command("View: Close Editors in Other Groups");
}

const closeAll = (workbench: Workbench): Promise<void> => workbench.command("View: Close All Editors");

const ALL_THEMES: readonly Theme[] = ["dark", "high-contrast", "high-contrast-light", "light"];

const STOPS: Record<string, Stop> = {
  wizard: async (workbench) => {
    await workbench.command("TrainLens: New Recipe…");
    await workbench.row("augmentation").waitFor();
    await workbench.picture("wizard-template");
    await workbench.pick("augmentation");
    await workbench.row("Python").waitFor();
    await workbench.picture("wizard-language");
    await workbench.pick("TypeScript");
    await workbench.answer("to write to");
    await workbench.tab("train.ts").waitFor();
  },
  base: async (workbench) => {
    await workbench.command("TrainLens: New Recipe…");
    await workbench.pick("Transfer");
    await workbench.pick("TypeScript");
    await workbench.row("VGG16").waitFor();
    await workbench.picture("wizard-base");
    await workbench.page.keyboard.press("Escape");
  },
  preview: async (workbench) => {
    await workbench.command("TrainLens: Preview Augmentation");
    await workbench.tab("Augmentation").waitFor();
    await onlyEditor(workbench);
    await workbench.webview().locator("canvas, img").nth(3).waitFor();
    await inThemes(workbench, "preview", ALL_THEMES);
    await closeAll(workbench);
  },
  fromData: async (workbench) => {
    await workbench.command("File: Focus on Files Explorer");
    await workbench.file("patients.csv").click({ button: "right" });
    await workbench.page.locator(".monaco-menu", { hasText: "New Recipe from Data" }).waitFor();
    await workbench.picture("wizard-data-menu");
    await workbench.page.locator(".monaco-menu .action-item", { hasText: "New Recipe from Data" }).first().click();
    await workbench.row("progression").waitFor();
    await workbench.picture("wizard-data-target");
    await workbench.pick("progression");
    await workbench.row("Table: a quantity").waitFor();
    await workbench.picture("wizard-data-template");
    await workbench.pick("Table: a quantity");
    await workbench.pick("TypeScript");
    await workbench.answer("to write to");
    await workbench.tab("train.ts").waitFor();
    await workbench.picture("wizard-data-recipe");
    await closeAll(workbench);
  },
  tree: async (workbench) => {
    trainlens("new", "decision-tree", "--language", "typescript");
    await trained(workbench, "decision-tree");
    await inThemes(workbench, "tree", ALL_THEMES);
    await closeAll(workbench);
  },
  regressor: async (workbench) => {
    trainlens("new", "tabular-regressor", "--language", "typescript");
    await trained(workbench, "tabular-regressor");
    await inThemes(workbench, "regressor", ALL_THEMES);
    await closeAll(workbench);
  },
  explain: async (workbench) => {
    await workbench.command("TrainLens: Explain Run…");
    await workbench.pick("tabular-regressor");
    await workbench.answer("Rows of the test data", "0-19");
    await workbench.answer("How many rows", "100");
    await workbench.row("recommended").waitFor();
    await workbench.picture("wizard-explain");
    await workbench.page.keyboard.press("Escape");
  },
  sweep: async (workbench) => {
    trainlens("new", "tabular-classifier", "--language", "typescript");
    await openRecipe(workbench, "tabular-classifier");
    await workbench.command("TrainLens: Sweep…");
    await workbench.row("learningRate").waitFor();
    await workbench.picture("wizard-sweep");
    await workbench.page.keyboard.press("Escape");
    const values = ["--set", "learningRate=0.001..0.1:log", "--set", "hiddenUnits=4..64", "--set", "epochs=10"];
    trainlens(
      "sweep",
      "tabular-classifier/train.ts",
      "--search",
      "random",
      "--trials",
      "8",
      "--name",
      "tour",
      ...values,
    );
    await workbench.command("TrainLens: Open Sweep");
    await workbench.pick("tour");
    await workbench.tab("Sweep").waitFor();
    await onlyEditor(workbench);
    await workbench.webview().locator("svg").first().waitFor();
    await inThemes(workbench, "sweep", ALL_THEMES);
    await closeAll(workbench);
  },
  judges: async (workbench) => {
    const run = path.join(folder, "judged");
    trainlens("train", "tabular-classifier/train.ts", "--run", run, "--set", "epochs=15");
    trainlens("explain", run, "--samples", "0-9", "--judge", "--output", path.join(folder, "judged.shap.npz"));
    await workbench.openFile("judged.shap.npz");
    await onlyEditor(workbench);
    await workbench.webview().locator(".plot svg").first().waitFor();
    await workbench.webview().locator("#tab-force").click();
    for (const theme of ALL_THEMES) {
      await workbench.theme(theme);
      await workbench.webview().locator(".scores").first().scrollIntoViewIfNeeded();
      await workbench.picture(`judged-${theme}`);
    }
    await closeAll(workbench);
  },
};

async function openRecipe(workbench: Workbench, name: string): Promise<void> {
  await workbench.page.keyboard.press("Control+P");
  await workbench.page.keyboard.type(`${name}/train.ts`);
  await workbench.row(name).waitFor();
  await workbench.page.keyboard.press("Enter");
  await workbench.tab("train.ts").waitFor();
}

/** Trains a recipe in the window and shows its panel alone. */
async function trained(workbench: Workbench, name: string): Promise<void> {
  await openRecipe(workbench, name);
  await workbench.command("TrainLens: Train");
  await workbench.tab("Training: ").waitFor();
  await workbench.command("TrainLens: Focus on Runs View");
  await workbench.treeRows().filter({ hasText: name }).first().waitFor();
  await workbench.tab("Training: ").click();
  await onlyEditor(workbench);
  await workbench.webview().locator("h2", { hasText: "Results on" }).first().waitFor();
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  mkdirSync(path.join(folder, ".vscode"));
  writeFileSync(path.join(folder, ".vscode", "settings.json"), JSON.stringify({ "trainlens.checkOnSave": false }));
  // There when the window opens: the explorer may not see what comes while it loads.
  const data = path.join(ROOT, "src/scaffold/templates/tabular-regressor/data/diabetes.csv");
  copyFileSync(data, path.join(folder, "patients.csv"));
  const workbench = await Workbench.open(folder, { kind: "development" });
  try {
    for (const [name, stop] of Object.entries(STOPS)) {
      if (asked.length > 0 && !asked.includes(name)) continue;
      console.log(name);
      await stop(workbench);
    }
  } catch (error) {
    await workbench.picture("tour-failed");
    throw error;
  } finally {
    await workbench.dispose();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

void main();
