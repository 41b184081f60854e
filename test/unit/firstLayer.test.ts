/** The loops of a dense first layer against the sum that they stand for. */
import assert from "node:assert/strict";
import { FirstLayer } from "../../src/shap/deep/firstLayer";
import { type Chunk, addDifferences } from "../../src/shap/deep/rule";
import { noise } from "./shapModels";

interface Case {
  outputs: number;
  hidden: number;
  features: number;
  /** What the values of a feature lie around. */
  offset?: number;
}

/** Numbers in [-1, 1], every third of them 0. */
function sparse(count: number, seed: number): Float32Array {
  return noise([count], seed).data.map((value, i) => (i % 3 === 0 ? 0 : value));
}

function check({ outputs, hidden, features, offset = 0 }: Case, scaled: boolean): void {
  const [samples, references, firstReference] = [3, 4, 2];
  const chunk: Chunk = { samples, references, firstReference, outputs };
  const pairs = samples * references;
  const weights = noise([features * hidden], 1).data;
  const x = sparse(samples * features, 2).map((value) => value + offset);
  const r = sparse((references + firstReference) * features, 3).map((value) => value + offset);
  const values = noise([pairs * outputs * hidden], 4).data;
  const scale = scaled ? sparse(pairs * hidden, 5) : undefined;
  // What comes before stays.
  const sums = new Float64Array(samples * features * outputs).fill(7);
  new FirstLayer(weights, features, hidden).attribute(
    { kind: "dense", values, ...(scale && { scale }) },
    chunk,
    { x, r },
    sums,
  );
  const multipliers = new Float32Array(pairs * outputs * features);
  for (let row = 0; row < pairs * outputs; row++) {
    const pair = Math.floor(row / outputs);
    for (let feature = 0; feature < features; feature++) {
      let sum = 0;
      for (let h = 0; h < hidden; h++) {
        sum += values[row * hidden + h] * (scale?.[pair * hidden + h] ?? 1) * weights[feature * hidden + h];
      }
      multipliers[row * features + feature] = sum;
    }
  }
  const expected = new Float64Array(sums.length).fill(7);
  addDifferences(expected, multipliers, chunk, { x, r });
  const size = Math.sqrt(hidden);
  expected.forEach((value, i) => assert.ok(Math.abs(value - sums[i]) < 3e-6 * size, `${i}: ${sums[i]}, not ${value}`));
  assert.ok(expected.some((value) => Math.abs(value - 7) > 0.1));
}

describe("A dense layer that reads the model's input", () => {
  for (const outputs of [1, 2, 3, 4, 5, 6, 8, 10, 13]) {
    it(`sums the contributions to ${outputs} outputs`, () => {
      check({ outputs, hidden: 9, features: 50 }, true);
      check({ outputs, hidden: 9, features: 50 }, false);
    });
  }

  it("takes more columns than the processor's cache in strips", () => {
    check({ outputs: 4, hidden: 1500, features: 110 }, true);
    check({ outputs: 1, hidden: 3000, features: 70 }, false);
  });

  it("takes a single feature and a single hidden unit", () => check({ outputs: 2, hidden: 1, features: 1 }, false));

  it("keeps the digits of differences between features far from 0", () => {
    check({ outputs: 3, hidden: 6, features: 20, offset: 4096 }, true);
  });
});
