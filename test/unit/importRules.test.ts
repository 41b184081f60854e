import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { BUNDLES, type Metafile, violations } from "./importRules";

const META = path.join("out", "meta");
const meta = (bundle: string): Metafile =>
  JSON.parse(readFileSync(path.join(META, `${bundle}.json`), "utf8")) as Metafile;

const importing = (file: string, imported: string): Metafile => ({
  inputs: { [file]: { imports: [{ path: imported }] } },
});

describe("import rules", () => {
  it("know every bundle that is built", () => {
    const built = readdirSync(META).map((file) => path.basename(file, ".json"));
    assert.deepEqual(built.sort(), [...BUNDLES].sort());
  });

  for (const bundle of BUNDLES)
    it(`hold in ${bundle}`, () => {
      const metafile = meta(bundle);
      const own = Object.keys(metafile.inputs).filter((file) => /^(src|webview)\//.test(file));
      assert.ok(own.length > 0, "the bundle has files of ours");
      assert.deepEqual(violations(bundle, metafile), []);
    });

  it("let only webview/host.ts call acquireVsCodeApi", () => {
    const calls = readdirSync("webview", { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .filter((file) => /acquireVsCodeApi\s*\(/.test(readFileSync(path.join("webview", file), "utf8")));
    assert.deepEqual(calls, ["host.ts"]);
  });

  const wrong: [bundle: string, file: string, imported: string][] = [
    ["extension", "src/extension.ts", "node_modules/@tensorflow/tfjs-core/dist/index.js"],
    ["extension", "node_modules/some/index.js", "node_modules/@tensorflow/tfjs/dist/index.js"],
    ["extension", "src/host/settings.ts", "src/runs/runs.ts"],
    ["extension", "src/panels/trainingPanel.ts", "src/commands/train.ts"],
    ["extension", "src/commands/train.ts", "src/runner/train.ts"],
    ["extension", "src/protocol/events.ts", "node:fs"],
    ["extension", "src/protocol/events.ts", "src/runFolder/index.ts"],
    ["extension", "src/elsewhere/file.ts", "src/host/settings.ts"],
    ["trainlens", "src/runner/train.ts", "vscode"],
    ["trainlens", "src/runner/train.ts", "src/host/settings.ts"],
    ["trainlens", "src/runner/train.ts", "webview/plots/ForcePlot.tsx"],
    ["trainlens", "src/runner/plot/page.ts", "webview/explanation/view.tsx"],
    ["trainlens", "src/npz/npz.ts", "node_modules/valibot/dist/index.mjs"],
    ["trainlens", "src/shap/deepExplainer.ts", "node:fs"],
    ["training-explanation-doctor-sweep-augmentation-standalone", "webview/training.tsx", "src/runs/runs.ts"],
    [
      "training-explanation-doctor-sweep-augmentation-standalone",
      "webview/training.tsx",
      "node_modules/@vscode/webview-ui-toolkit/dist/index.js",
    ],
    ["training-explanation-doctor-sweep-augmentation-standalone", "webview/plots/ForcePlot.tsx", "webview/host.ts"],
  ];
  for (const [bundle, file, imported] of wrong)
    it(`refuse ${imported} in ${file}`, () => {
      assert.equal(violations(bundle, importing(file, imported)).length, 1);
    });

  const right: [bundle: string, file: string, imported: string][] = [
    ["extension", "src/commands/train.ts", "src/runs/runs.ts"],
    ["extension", "src/commands/train.ts", "vscode"],
    ["trainlens", "src/runner/plot/page.ts", "webview/plots/ForcePlot.tsx"],
    ["trainlens", "src/runner/explain.ts", "src/shap/index.ts"],
    ["trainlens", "src/npz/npz.ts", "src/protocol/ndArray.ts"],
    ["training-explanation-doctor-sweep-augmentation-standalone", "webview/training.tsx", "src/protocol/events.ts"],
  ];
  for (const [bundle, file, imported] of right)
    it(`allow ${imported} in ${file}`, () => {
      assert.deepEqual(violations(bundle, importing(file, imported)), []);
    });
});
