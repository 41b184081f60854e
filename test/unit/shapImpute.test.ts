/** The masker that expects hidden features from those shown. */
import assert from "node:assert/strict";
import { type NdArray, sizeOf } from "../../src/protocol/ndArray";
import {
  ExactExplainer,
  ExplainerOptionError,
  type LinearModel,
  LinearExplainer,
  PartitionExplainer,
  type Predictor,
  imputeMasker,
  partitionMasker,
} from "../../src/shap";
import { drawNormal, randomFor } from "../../src/shap/random";
import { assertParity } from "./shapFamily";

/** Rows of four features that depend on each other, in float32. */
function correlated(rows: number, purpose: string): NdArray {
  const random = randomFor(3, purpose);
  const data = Float32Array.from(
    Array.from({ length: rows }, () => {
      const [a, b, c, d] = Array.from({ length: 4 }, () => drawNormal(random));
      return [1 + a, 2 * a + b, b - c, 0.5 * a + c + d];
    }).flat(),
  );
  return { data, shape: [rows, 4] };
}

const [background, samples] = [correlated(60, "background"), correlated(3, "samples")];

/** All orders of 0 … n-1. */
function ordersOf(n: number): number[][] {
  if (n === 0) return [[]];
  return ordersOf(n - 1).flatMap((order) => Array.from({ length: n }, (_, at) => order.toSpliced(at, 0, n - 1)));
}

function filled(masker: ReturnType<typeof imputeMasker>, x: Float32Array, shown: number[]): number[] {
  const row = masker.standIns(x).slice();
  for (const i of shown) row[i] = x[i];
  masker.fillIn?.(row, x, Int32Array.from(shown));
  return Array.from(row);
}

describe("the masker impute", () => {
  const linear: LinearModel = {
    ...{ featureShape: [4], outputs: 2 },
    coef: Float64Array.of(0.5, -1, 1.5, 0.2, -0.7, 0.9, 1.1, 0.3),
    intercept: Float64Array.of(0.4, -0.1),
  };
  const predictor: Predictor = {
    ...{ featureShape: [4], outputs: 2, bytesPerRow: 100 },
    predict: ({ data, shape }) =>
      Float64Array.from({ length: shape[0] * 2 }, (_, at) => {
        const [row, k] = [Math.floor(at / 2), at % 2];
        return (
          linear.intercept[k] + [0, 1, 2, 3].reduce((sum, i) => sum + data[row * 4 + i] * linear.coef[i * 2 + k], 0)
        );
      }),
  };

  it("of a linear model: LinearExplainer's values, features correlated", async () => {
    const orders = ordersOf(4);
    const expected = await new LinearExplainer(linear, background).shapValues(samples, {
      ...{ featurePerturbation: "correlation_dependent", nsamples: orders.length },
      permutation: (_, n) => orders[n],
    });
    const exact = await new ExactExplainer(predictor, imputeMasker(background)).shapValues(samples, {});
    assertParity("impute", exact.values, expected.values, 1e-5);
    assertParity("impute, base", exact.baseValues, expected.baseValues, 1e-5);
    const { clustering } = partitionMasker(background);
    assert.ok(clustering);
    const explainer = new PartitionExplainer(predictor, { ...imputeMasker(background), clustering });
    const owen = await explainer.shapValues(samples, { maxEvals: 100 });
    assert.ok(owen.additivityError < 1e-5);
  });

  it("expects by the regression on what is shown, and the mean of nothing", () => {
    // Means 2 and 5; variances 2/3 * 3/2 = 1 and 4; covariance 1.5.
    const pair = imputeMasker({ data: Float32Array.of(1, 3, 2, 5.5, 3, 6.5), shape: [3, 2] });
    const [first] = [Float32Array.of(4, 0)];
    const [mean1, slope] = [5, 1.75];
    assert.deepEqual(filled(pair, first, []), [2, mean1]);
    assert.deepEqual(filled(pair, first, [0]), [4, mean1 + slope * 2]);
    assert.deepEqual(filled(pair, first, [0, 1]), [4, 0]);
  });

  it("copies and what does not vary tell nothing, and are no division by 0", () => {
    const data = Float32Array.from([1, 2, 4, 7].flatMap((value, i) => [value, 2 * value, 3, [0, 1, 0, 2][i]]));
    const masker = imputeMasker({ data, shape: [4, 4] });
    const x = Float32Array.of(2, 9, 5, 1);
    const [byOne, byBoth] = [filled(masker, x, [0, 2]), filled(masker, x, [0, 1, 2])];
    assert.ok(Math.abs(byOne[1] - 4) < 1e-5);
    assert.equal(byBoth[3], byOne[3]);
    assert.ok(byBoth.every(Number.isFinite));
    assert.equal(filled(masker, x, [0])[2], 3);
  });

  it("says what it cannot take", () => {
    const zeros = (shape: number[]): NdArray => ({ data: new Float32Array(sizeOf(shape)), shape });
    assert.throws(() => imputeMasker(zeros([1, 4])), ExplainerOptionError);
    assert.throws(() => imputeMasker({ data: Float32Array.of(1, NaN, 3), shape: [3, 1] }), /no missing or infinite/);
    assert.throws(() => imputeMasker(zeros([5, 20, 20])), /256 features at most, not 400/);
  });
});
