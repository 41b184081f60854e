/** What a recipe's own code does with explanations. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { inRecipeFolder } from "../../src/data/recipeFolder";
import { readExplanation } from "../../src/npz";
import type { NewRunEvent } from "../../src/protocol/events";
import { UserError } from "../../src/runner/errors";
import { inRun } from "../../src/runner/shapModule/currentRun";
import { forcePlot, saveExplanation } from "../../src/runner/shapModule/files";
import type { Attributions } from "../../src/shap";

const values: Attributions = {
  samples: 2,
  featureShape: [3],
  outputs: 2,
  values: Float32Array.from({ length: 12 }, (_, i) => i / 10),
  baseValues: Float64Array.of(0.5, 0.25, 0.5, 0.25),
  expectedValue: Float64Array.of(0.5, 0.25),
  predictions: Float32Array.of(1, 2, 3, 4),
  additivityError: 0.125,
};

describe("explanations of a recipe's own", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("lie in the run's folder while it trains, and the run is told", async () => {
    const events: NewRunEvent[] = [];
    const data = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
    const names = { featureNames: ["a", "b", "c"], outputNames: ["no", "yes"] };
    const file = await inRun({ folder, sink: (event) => void events.push(event) }, () =>
      saveExplanation("mine", values, { data, ...names, method: "deep", background: 7 }),
    );
    assert.equal(file, path.join(folder, "explanations", "mine.shap.npz"));
    assert.deepEqual(events, [
      {
        type: "explained",
        ...{ name: "mine", path: "explanations/mine.shap.npz", method: "deep" },
        ...{ samples: 2, background: 7, additivityError: 0.125 },
      },
    ]);
    const read = readExplanation(readFileSync(file));
    assert.deepEqual(Array.from(read.values), Array.from(values.values));
    assert.deepEqual(Array.from(read.baseValues), [0.5, 0.25, 0.5, 0.25]);
    assert.deepEqual(Array.from(read.data ?? []), Array.from(data.data));
    assert.deepEqual([read.featureNames, read.outputNames], [names.featureNames, names.outputNames]);
    assert.equal(read.meta.method, "deep");
  });

  it("lie in the recipe's folder otherwise, and are drawn there", async () => {
    await inRecipeFolder(folder, async () => {
      const file = await saveExplanation("sub/mine.shap.npz", values);
      assert.equal(file, path.join(folder, "sub", "mine.shap.npz"));
      const drawn = await forcePlot("sub/mine.shap.npz", { output: "one.svg", sample: 1, outputIndex: 1 });
      assert.equal(drawn, path.join(folder, "sub", "one.svg"));
      assert.match(readFileSync(drawn, "utf8"), /Output 1: f\(x\) = 2\.95/);
    });
  });

  for (const [options, said] of [
    [{ featureNames: ["a"] }, /given 1 names as featureNames; the values are of 3/],
    [{ outputNames: ["a"] }, /given 1 names as outputNames; the values are of 2/],
    [{ data: { data: new Float32Array(3), shape: [1, 3] } }, /given 3 numbers as data; the values are of 6/],
  ] as const)
    it(`are refused where ${Object.keys(options)[0]} do not fit`, async () => {
      await assert.rejects(saveExplanation(path.join(folder, "x"), values, options), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, said);
        return true;
      });
    });
});
