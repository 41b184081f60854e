import assert from "node:assert/strict";
import { diversity } from "../../src/runner/training/diversity";

const examples = (...values: number[]): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from(values),
  shape: [values.length / 2, 2],
});

describe("diversity", () => {
  const real = examples(0, 0, 3, 4, 0, 0);

  it("is the mean distance from one to the next, compared with the real ones'", () => {
    assert.equal(diversity(real, real), 1);
    assert.equal(diversity(examples(0, 0, 6, 8), real), 2);
    assert.equal(diversity(examples(1, 1, 1, 1, 1, 1), real), 0, "mode collapse");
  });

  it("is of nothing that cannot be compared", () => {
    assert.equal(diversity({ data: new Float32Array(6), shape: [2, 3] }, real), undefined);
    assert.equal(diversity(examples(0, 0), real), undefined);
    assert.equal(diversity(real, examples(5, 5, 5, 5)), undefined);
  });
});
