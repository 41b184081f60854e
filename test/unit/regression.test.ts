import assert from "node:assert/strict";
import { regressionScores } from "../../src/protocol/regression";

describe("regression scores", () => {
  it("are those of scikit-learn", () => {
    // mean_absolute_error and r2_score of the example in scikit-learn's documentation.
    const { mae, r2 } = regressionScores([2.5, 0, 2, 8], [3, -0.5, 2, 7], 1);
    assert.ok(Math.abs(mae - 0.5) < 1e-12);
    assert.ok(Math.abs(r2 - 0.9486081370449679) < 1e-12);
  });

  it("are the mean of several columns", () => {
    const { mae, r2 } = regressionScores([0, 2, -1, 2, 8, -5], [0.5, 1, -1, 1, 7, -6], 2);
    assert.ok(Math.abs(mae - 0.75) < 1e-12);
    assert.ok(Math.abs(r2 - 0.9368005266622779) < 1e-12);
  });

  it("have no coefficient of determination where the truth is constant", () => {
    assert.ok(Number.isNaN(regressionScores([1, 2], [3, 3], 1).r2));
  });
});
