/** What explainers cost, counted, against what they ask of a model. */
import assert from "node:assert/strict";
import {
  ExactExplainer,
  KernelExplainer,
  PermutationExplainer,
  independentMasker,
  type Predictor,
} from "../../src/shap";
import { deepFlops, exactRows, gradientFlops, kernelRows, permutationRows, shapDeepFlops } from "../../src/shap/costs";
import { noise } from "./shapModels";

/** Counts the rows that it is given. */
function counting(features: number): Predictor & { rows: number } {
  return {
    rows: 0,
    featureShape: [features],
    outputs: 1,
    bytesPerRow: 4 * features,
    predict({ data, shape }) {
      this.rows += shape[0];
      return Float64Array.from({ length: shape[0] }, (_, n) => Math.tanh(data[n * features]));
    },
  };
}

describe("costs of explainers", () => {
  const work = { samples: 2, references: 3 };
  const [x, background] = [noise([2, 6], 1), noise([3, 6], 2)];

  it("rows given to the model are as many as counted", async () => {
    for (const [expected, explain] of [
      [kernelRows(6, work), (p: Predictor) => new KernelExplainer(p, independentMasker(background)).shapValues(x, {})],
      [
        kernelRows(6, work, 20),
        (p: Predictor) => new KernelExplainer(p, independentMasker(background)).shapValues(x, { nsamples: 20 }),
      ],
      [
        permutationRows(6, work),
        (p: Predictor) => new PermutationExplainer(p, independentMasker(background)).shapValues(x, {}),
      ],
      [exactRows(6, work), (p: Predictor) => new ExactExplainer(p, independentMasker(background)).shapValues(x, {})],
    ] as const) {
      const predictor = counting(6);
      await explain(predictor);
      assert.equal(predictor.rows, expected);
    }
  });

  it("deep and gradient: passes of a network by hand", () => {
    // 100 FLOPs forward, 80 of them in the first layer, 10 outputs.
    const network = { forward: 100, first: 80, outputs: 10 };
    assert.equal(deepFlops(network, work, 0.5), 5 * 100 + 60 * (20 + 40) + 20 * 80);
    assert.equal(shapDeepFlops(network, work), 20 * 6 * 2 * 100);
    assert.equal(gradientFlops(network, 2, 7), 14 * 11 * 100);
    assert.equal(
      gradientFlops(network, 2, 7, { references: 3, varying: 0.5 }),
      14 * 11 * 20 + 2 * (11 * 80 + 3 * 10 * 40),
    );
  });
});
