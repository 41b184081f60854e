import assert from "node:assert/strict";
import path from "node:path";
import { parseBackground, parseSamples } from "../../src/runner/explain/choices";
import { defaultName, pathInRun } from "../../src/runner/explain/outputFile";

describe("an explanation's file", () => {
  const names: [samples: string | undefined, background: string | undefined, seed: number, name: string][] = [
    [undefined, undefined, 42, "deep-0-9-bg100.shap.npz"],
    ["3", "20", 42, "deep-3-3-bg20.shap.npz"],
    ["0-1", "20", 7, "deep-0-1-bg20-seed7.shap.npz"],
    ["0-1", "folder/mean.npz", 7, "deep-0-1-bg-mean.shap.npz"],
    ["rows.npz", "mean.npy", 42, "deep-rows-bg-mean.shap.npz"],
  ];
  for (const [samples, background, seed, name] of names)
    it(`is ${name} by default`, () => {
      const asked = { method: "deep", samples: parseSamples(samples), background: parseBackground(background), seed };
      assert.equal(defaultName(asked), name);
    });

  it("is named after what its method was told, and its seed where it draws", () => {
    const [samples, background] = [parseSamples("0-1"), parseBackground("mean.npz")];
    const parameters = { nsamples: 50, l1Reg: "num_features(3)" };
    const asked = { method: "kernel", samples, background, seed: 7, parameters, draws: true };
    assert.equal(defaultName(asked), "kernel-0-1-bg-mean-nsamples50-l1Regnum_features3-seed7.shap.npz");
    assert.equal(defaultName({ method: "tree", samples, seed: 7 }), "tree-0-1.shap.npz");
  });

  const paths: [path.PlatformPath, folder: string, file: string, named: string][] = [
    [path.posix, "/w/runs/a", "/w/runs/a/explanations/x.shap.npz", "explanations/x.shap.npz"],
    [path.posix, "/w/runs/a", "/w/runs/a/..x.shap.npz", "..x.shap.npz"],
    [path.posix, "/w/runs/a", "/w/x.shap.npz", "/w/x.shap.npz"],
    [path.win32, "C:\\w\\a", "C:\\w\\a\\explanations\\x.shap.npz", "explanations/x.shap.npz"],
    [path.win32, "C:\\w\\a", "C:\\w\\x.shap.npz", "C:\\w\\x.shap.npz"],
    [path.win32, "C:\\w\\a", "D:\\x.shap.npz", "D:\\x.shap.npz"],
  ];
  for (const [platform, folder, file, named] of paths)
    it(`at ${file} is named ${named} by the run in ${folder}`, () => {
      assert.equal(pathInRun(folder, file, platform), named);
    });
});
