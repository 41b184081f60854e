/** TreeExplainer and the readers of tree files, against shap's C extension and LightGBM's own contributions. */
import assert from "node:assert/strict";
import { parseTreeFile } from "../../src/runner/explain/trees/treeFile";
import { TreeFileError } from "../../src/runner/explain/trees/treeFileError";
import { TreeExplainer } from "../../src/shap";
import { FamilyFixture, assertParity, relativeDifference } from "./shapFamily";

/** Of the largest value: values are float32 here and float64 there. */
const BOUND = 1e-6;

const cases: [fixture: string, text: string, kind: string][] = [
  ["tree-forest", "model", "tree arrays"],
  ["tree-boosted", "model", "tree arrays"],
  ["tree-boosted", "xgboost", "XGBoost"],
  ["lightgbm-classes", "model", "LightGBM"],
  ["lightgbm-zero", "model", "LightGBM"],
];
for (const [name, text, kind] of cases) {
  describe(`TreeExplainer, ${name} as ${kind}`, () => {
    const fixture = new FamilyFixture(name);
    const samples = fixture.rows("samples");
    const { kind: found, ensemble } = parseTreeFile(fixture.text(text));

    it("path-dependent: Python's values and expected value, adding up to the trees' answer", async () => {
      assert.equal(found, kind);
      const result = await new TreeExplainer(ensemble).shapValues(samples);
      assertParity("path-dependent", result.values, fixture.numbers("path").data, BOUND);
      assertParity("expected", result.expectedValue, fixture.numbers("path_expected").data, BOUND);
      if (name !== "tree-boosted")
        assertParity("predictions", result.predictions, fixture.numbers("predictions").data, BOUND);
      assert.ok(result.additivityError < 1e-5, String(result.additivityError));
    });

    if (name.startsWith("tree"))
      it("interventional: Python's values", async () => {
        const result = await new TreeExplainer(ensemble, fixture.rows("background")).shapValues(samples);
        assertParity("interventional", result.values, fixture.numbers("interventional").data, BOUND);
        assertParity("expected", result.expectedValue, fixture.numbers("interventional_expected").data, BOUND);
        assert.ok(result.additivityError < 1e-5, String(result.additivityError));
      });

    if (name.startsWith("tree"))
      it("interactions: Python's values", async () => {
        const result = await new TreeExplainer(ensemble).shapInteractionValues(samples);
        assert.deepEqual(result.featureShape, [13, 13]);
        assertParity("interactions", result.values, fixture.numbers("interactions").data, BOUND);
      });

    it("interactions sum to the values", async () => {
      const explainer = new TreeExplainer(ensemble);
      const { values } = await explainer.shapValues(samples);
      const { values: pairs } = await explainer.shapInteractionValues(samples);
      const sums = new Float64Array(values.length);
      const { outputs } = ensemble;
      pairs.forEach((value, at) => (sums[Math.floor(at / (13 * outputs)) * outputs + (at % outputs)] += value));
      assert.ok(relativeDifference(sums, values) < 1e-5);
    });
  });
}

describe("TreeExplainer", () => {
  const boosted = new FamilyFixture("tree-boosted");

  it("stops where it is told to, and says what does not fit", async () => {
    const { ensemble } = parseTreeFile(boosted.text("model"));
    const explainer = new TreeExplainer(ensemble);
    const rows = boosted.rows("samples");
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(explainer.shapValues(rows, { signal }), /enough/);
    await assert.rejects(explainer.shapValues({ data: rows.data.subarray(0, 12), shape: [1, 12] }), /takes \[n, 13\]/);
    await assert.rejects(new TreeExplainer(ensemble, rows).shapInteractionValues(rows), /background/);
  });

  interface Parts {
    learner: {
      gradient_booster: { name: string; model: { trees: { left_children: number[]; categories_nodes: number[] }[] } };
    };
  }
  const broken: [string, (model: Parts) => void, RegExp][] = [
    ["a linear booster", ({ learner }) => (learner.gradient_booster.name = "gblinear"), /gblinear/],
    ["categories", ({ learner }) => (learner.gradient_booster.model.trees[0].categories_nodes = [1]), /categories/],
    ["arrays that differ", ({ learner }) => learner.gradient_booster.model.trees[1].left_children.pop(), /tree 1/],
    [
      "texts for numbers",
      ({ learner }) => Object.assign(learner.gradient_booster.model.trees[0], { sum_hessian: ["x"] }),
      /sum_hessian/,
    ],
  ];
  for (const [what, change, message] of broken)
    it(`refuses ${what} in XGBoost's JSON`, () => {
      const model = JSON.parse(boosted.text("xgboost")) as Parts;
      change(model);
      assert.throws(
        () => parseTreeFile(JSON.stringify(model)),
        (error) => error instanceof TreeFileError && message.test(error.message),
      );
    });

  it("refuses a tree that leads back into itself, and what is no tree file", () => {
    const model = JSON.parse(boosted.text("model")) as { trees: { children_left: number[] }[] };
    model.trees[0].children_left[1] = 0;
    const { ensemble } = parseTreeFile(JSON.stringify(model));
    assert.throws(() => new TreeExplainer(ensemble), RangeError);
    for (const text of ["{}", "nonsense", "tree\nversion=v4\n"])
      assert.throws(() => parseTreeFile(text), TreeFileError);
    const text = new FamilyFixture("lightgbm-zero").text("model");
    assert.throws(() => parseTreeFile(text.replace(/num_cat=0/, "num_cat=1")), /categories/);
    assert.throws(() => parseTreeFile(text.replace(/leaf_count=\d+ /, "leaf_count=")), /leaf_count/);
  });
});
