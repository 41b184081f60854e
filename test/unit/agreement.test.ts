import assert from "node:assert/strict";
import type { Explanation } from "../../src/protocol/explanation";
import { compareExplanations } from "../../src/runner/explain/agreement";

function explanation(values: number[], outputs = 1): Explanation {
  const features = values.length / outputs;
  return {
    ...{ samples: 1, featureShape: [features], features, outputs },
    values: Float64Array.from(values),
    baseValues: new Float64Array(outputs),
    featureNames: [],
    outputNames: [],
    meta: {},
  };
}

describe("comparing explanations", () => {
  it("of the same values: no difference, full agreement", () => {
    const same = compareExplanations(explanation([3, -2, 1, 0]), explanation([3, -2, 1, 0]), 2);
    assert.deepEqual([same.maxDifference, same.meanDifference, same.rankCorrelation, same.topOverlap], [0, 0, 1, 1]);
  });

  it("measures by size, and takes each output apart", () => {
    // Output 0: 4, 3, 2, 1 against 1, 2, 3, 4; output 1: 1, 2, 3, 4 against its negatives.
    const a = explanation([4, 1, 3, 2, 2, 3, 1, 4], 2);
    const b = explanation([1, -1, 2, -2, 3, -3, 4, -4], 2);
    const found = compareExplanations(a, b, 3);
    assert.equal(found.maxDifference, 8);
    assert.equal(found.relativeDifference, 2);
    assert.equal(found.meanDifference, (3 + 1 + 1 + 3 + 2 + 4 + 6 + 8) / 8);
    assert.ok(Math.abs(found.rankCorrelation) < 1e-12, "-1 and 1");
    assert.ok(Math.abs(found.topOverlap - (2 / 3 + 1) / 2) < 1e-12);
  });

  it("shares the rank of ties, leaves constant ones out, and takes no more features than there are", () => {
    const { rankCorrelation, topK } = compareExplanations(explanation([1, 1, 2, 5]), explanation([1, 2, 3, 4]), 10);
    // Spearman of ranks 0.5, 0.5, 2, 3 and 0, 1, 2, 3.
    assert.ok(Math.abs(rankCorrelation - 0.9486832980505138) < 1e-12, String(rankCorrelation));
    assert.equal(topK, 4);
    assert.ok(Number.isNaN(compareExplanations(explanation([1, 1]), explanation([1, 2]), 1).rankCorrelation));
  });

  it("keeps a NaN, and refuses other shapes", () => {
    assert.ok(Number.isNaN(compareExplanations(explanation([NaN, 1]), explanation([1, 1]), 1).maxDifference));
    assert.throws(() => compareExplanations(explanation([1, 2]), explanation([1]), 1), /\[1, 2, 1\] and \[1, 1, 1\]/);
  });
});
