/** What the tests of the explainer family share: fixtures of make_family_fixtures.py, and a perceptron in float64. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { DEFAULT_LIMITS, type NumericNpyArray, readNpz } from "../../src/npz";
import { type NdArray, sizeOf } from "../../src/protocol/ndArray";
import type { Clustering, Predictor } from "../../src/shap";

export class FamilyFixture {
  private readonly arrays: ReturnType<typeof readNpz>;

  constructor(name: string) {
    const file = path.resolve("test/fixtures/shap/family", `${name}.npz`);
    this.arrays = readNpz(readFileSync(file), DEFAULT_LIMITS);
  }

  /** In float64. */
  numbers(name: string): NumericNpyArray {
    const array = this.arrays.get(name);
    if (array?.kind !== "numeric") throw new Error(`the fixture has no numbers ${name}`);
    return array;
  }

  rows(name: string): NdArray {
    const { data, shape } = this.numbers(name);
    return { data: Float32Array.from(data), shape };
  }

  text(name: string): string {
    const array = this.arrays.get(name);
    if (array?.kind !== "text") throw new Error(`the fixture has no text ${name}`);
    return array.data[0];
  }

  /** A hierarchy as scipy's linkage writes it. */
  clustering(name: string): Clustering {
    const { data, shape } = this.numbers(name);
    const column = (k: number): number[] => Array.from({ length: shape[0] }, (_, i) => data[i * 4 + k]);
    return {
      left: Int32Array.from(column(0)),
      right: Int32Array.from(column(1)),
      distance: Float64Array.from(column(2)),
    };
  }

  /** tanh(x w0 + b0) w1 + b1, as the script computes it. */
  perceptron(weights = ["w0", "b0", "w1", "b1"].map((name) => this.numbers(name))): Predictor {
    const [w0, b0, w1, b1] = weights;
    const [inputs, hidden] = w0.shape;
    const outputs = b1.shape[0];
    return {
      featureShape: [inputs],
      outputs,
      bytesPerRow: 8 * (inputs + hidden + outputs),
      predict: ({ data, shape }) => {
        const answers = new Float64Array(shape[0] * outputs);
        for (let n = 0; n < shape[0]; n++) {
          for (let h = 0; h < hidden; h++) {
            let sum = b0.data[h];
            for (let i = 0; i < inputs; i++) sum += data[n * inputs + i] * w0.data[i * hidden + h];
            const active = Math.tanh(sum);
            for (let k = 0; k < outputs; k++) answers[n * outputs + k] += active * w1.data[h * outputs + k];
          }
          for (let k = 0; k < outputs; k++) answers[n * outputs + k] += b1.data[k];
        }
        return answers;
      },
    };
  }
}

/** max |actual - expected| / max |expected|. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let [worst, most] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    most = Math.max(most, Math.abs(expected[i]));
  }
  assert.ok(most > 1e-3, "values of nothing would fit anything");
  return worst / most;
}

/** The first `count` rows. */
export function firstRows({ data, shape }: NdArray, count: number): NdArray {
  return { data: data.subarray(0, count * sizeOf(shape.slice(1))), shape: [count, ...shape.slice(1)] };
}

/** Prints what was measured where TRAINLENS_PARITY is set, for the table in src/shap/README.md. */
export function assertParity(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
): void {
  const difference = relativeDifference(actual, expected);
  if (process.env.TRAINLENS_PARITY) console.log(`      ${name}: ${difference.toExponential(1)}`);
  assert.ok(difference <= bound, `${name} differs by ${difference} of the largest value`);
}
