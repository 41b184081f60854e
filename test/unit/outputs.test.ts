import assert from "node:assert/strict";
import { type Explanation, outputValue, sampleOutputs, sliceOutput } from "../../src/protocol/explanation";
import { indexOfHighest } from "../../src/protocol/numbers";

/** Two samples, three features, two outputs; one value is no number. */
const explanation: Explanation = {
  samples: 2,
  featureShape: [3],
  features: 3,
  outputs: 2,
  values: Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40, NaN, 50, 6, -Infinity),
  baseValues: Float64Array.of(0.5, -0.5, 0.25, -0.25),
  featureNames: ["a", "b", "c"],
  outputNames: ["no", "yes"],
  meta: {},
};

describe("f(x)", () => {
  it("is the base value and the sum of the finite values, whichever way it is asked for", () => {
    const expected = [
      [6.5, 59.5],
      [10.25, 89.75],
    ];
    expected.forEach((outputs, sample) => {
      assert.deepEqual(Array.from(sampleOutputs(explanation, sample)), outputs);
      outputs.forEach((value, k) => assert.equal(outputValue(sliceOutput(explanation, k), sample), value));
    });
  });

  it("is highest at the first of its highest outputs, never at what is no number", () => {
    const highest: [number[], number][] = [
      [[1, 3, 2], 1],
      [[2, 2], 0],
      [[NaN, -5, -4], 2],
      [[-1, NaN], 0],
      [[NaN, NaN], 0],
    ];
    for (const [values, index] of highest) assert.equal(indexOfHighest(values), index, String(values));
  });
});
