/** Trees are judged as other models are, against a background. */
import assert from "node:assert/strict";
import { JUDGE_NAMES } from "../../src/protocol/judgement";
import { explainBlocks } from "../../src/runner/explain/blocks";
import { judgedRows } from "../../src/runner/explain/judge";
import { judgeTrees } from "../../src/runner/explain/judgeTrees";
import { parseTreeFile } from "../../src/runner/explain/trees/treeFile";
import { TreeExplainer } from "../../src/shap";
import { FamilyFixture } from "./shapFamily";

describe("trees that are judged", () => {
  it("get every score, and an interval for each value", async () => {
    const fixture = new FamilyFixture("tree-boosted");
    const { ensemble } = parseTreeFile(fixture.text("model"));
    const [samples, background] = [fixture.rows("samples"), fixture.rows("background")];
    const explainer = new TreeExplainer(ensemble, background);
    const result = await explainBlocks(
      samples,
      {
        ...{ outputs: ensemble.outputs, pairs: false, chunkMB: 64, keep: judgedRows(samples.shape[0]) },
        onProgress: () => undefined,
        takeValues: async () => undefined,
      },
      (block) => explainer.shapValues(block),
    );
    const { judgement, bounds } = await judgeTrees(JUDGE_NAMES, ensemble, {
      ...{ samples, background, result, seed: 1, chunkMB: 64 },
      stopRequested: () => false,
      progress: () => undefined,
    });
    assert.ok(judgement.additivity && judgement.faithfulness && judgement.infidelity);
    assert.ok(judgement.additivity.max < 1e-5);
    assert.ok(judgement.infidelity.relative < 0.5, `infidelity ${judgement.infidelity.relative} of that of zeros`);
    assert.ok(judgement.faithfulness.deletionArea < judgement.faithfulness.insertionArea);
    // Some samples have missing values, which stay missing as the others move.
    assert.ok(Number.isFinite(judgement.maxSensitivity?.worst) && Number.isFinite(judgement.stability?.relativeWidth));
    assert.equal(bounds?.lowerBounds.length, result.kept.values.length);
    assert.ok(bounds.lowerBounds.every((lower, i) => lower <= bounds.upperBounds[i]));
  });
});
