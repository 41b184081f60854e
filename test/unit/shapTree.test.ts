/** TreeExplainer and the readers of tree files, against shap's C extension and LightGBM's own contributions. */
import assert from "node:assert/strict";
import { parseTreeBytes, parseTreeFile } from "../../src/runner/explain/trees/treeFile";
import { TreeFileError } from "../../src/runner/explain/trees/treeFileError";
import { parseUbjson } from "../../src/runner/explain/trees/ubjson";
import { ExactExplainer, TreeExplainer, independentMasker, treePredictor } from "../../src/shap";
import { FamilyFixture, assertParity, relativeDifference } from "./shapFamily";

/** Of the largest value: values are float32 here and float64 there. */
const BOUND = 1e-6;

const cases: [fixture: string, text: string, kind: string][] = [
  ["tree-forest", "model", "tree arrays"],
  ["tree-boosted", "model", "tree arrays"],
  ["tree-boosted", "xgboost", "XGBoost"],
  ["lightgbm-classes", "model", "LightGBM"],
  ["lightgbm-zero", "model", "LightGBM"],
  ["categories", "model", "LightGBM"],
  ["categories", "xgboost", "XGBoost"],
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
      const { outputs, features } = ensemble;
      pairs.forEach((value, at) => (sums[Math.floor(at / (features * outputs)) * outputs + (at % outputs)] += value));
      assert.ok(relativeDifference(sums, values) < 1e-5);
    });
  });
}

describe("TreeExplainer", () => {
  const boosted = new FamilyFixture("tree-boosted");
  const categories = new FamilyFixture("categories");

  it("reads XGBoost's UBJSON as its JSON", () => {
    const bytes = Uint8Array.from(categories.numbers("ubjson").data);
    assert.deepEqual(parseTreeBytes(bytes), parseTreeFile(categories.text("xgboost")));
    const text = new TextEncoder().encode(categories.text("xgboost"));
    assert.deepEqual(parseTreeBytes(text), parseTreeBytes(bytes));
    for (const end of [2, 40, bytes.length - 1])
      assert.throws(() => parseTreeBytes(bytes.subarray(0, end)), /ends too early/);
  });

  const ubjson: [what: string, bytes: string, answer: unknown][] = [
    ["numbers and texts", "{i\x01aI\x01\x00i\x01bSi\x02hii\x01c[TFZ]}", { a: 256, b: "hi", c: [true, false, null] }],
    ["typed and counted", "{#i\x01i\x01a[$U#i\x03\x01\x02\xff", { a: [1, 2, 255] }],
    ["a key like a prototype's", "{i\x09__proto__i\x07}", Object.fromEntries([["__proto__", 7]])],
    ["more items than bytes", "{i\x01a[$U#l\x7f\xff\xff\xff}", /ends too early/],
    ["a negative count", "{i\x01a[#i\xff}", /whole number/],
    ["items without bytes", "{i\x01a[$Z#l\x7f\xff\xff\xff}", /no bytes/],
    ["a type without a count", "{i\x01a[$U]}", /without a count/],
    ["an unknown marker", "{i\x01a?}", /unknown/],
    ["nesting without end", `{i\x01a${"[".repeat(1000)}`, /nested too deeply/],
    ["more after its end", "{}}", /follows/],
    ["a text of no UTF-8", "{i\x01aSi\x01\xff}", /UTF-8/],
  ];
  for (const [what, text, answer] of ubjson)
    it(`UBJSON: ${what}`, () => {
      const parse = (): unknown => parseUbjson(Uint8Array.from(text, (character) => character.charCodeAt(0)));
      if (answer instanceof RegExp)
        assert.throws(parse, (error) => error instanceof TreeFileError && answer.test(error.message));
      else assert.deepEqual(parse(), answer);
    });

  it("weighs the trees of a dart booster", async () => {
    interface Tree {
      left_children: number[];
      split_conditions: number[];
    }
    const model = JSON.parse(boosted.text("xgboost")) as {
      learner: { gradient_booster: { model: { trees: Tree[] } } };
    };
    const { model: gbtree } = model.learner.gradient_booster;
    const weights = gbtree.trees.map((_, i) => 2 ** -(i % 3));
    gbtree.trees.forEach(({ left_children: left, split_conditions: leaves }, i) =>
      left.forEach((child, node) => (leaves[node] /= child < 0 ? weights[i] : 1)),
    );
    const booster = { name: "dart", gbtree: { name: "gbtree", model: gbtree }, weight_drop: weights };
    Object.assign(model.learner, { gradient_booster: booster });
    const { ensemble } = parseTreeFile(JSON.stringify(model));
    const { values } = await new TreeExplainer(ensemble).shapValues(boosted.rows("samples"));
    assertParity("dart", values, boosted.numbers("path").data, BOUND);
    booster.weight_drop.pop();
    assert.throws(() => parseTreeFile(JSON.stringify(model)), /weight_drop/);
  });

  it("interventional, of categories: the values of all coalitions", async () => {
    const { ensemble } = parseTreeFile(categories.text("model"));
    const [background, samples] = [categories.rows("background"), categories.rows("samples")];
    const { values } = await new TreeExplainer(ensemble, background).shapValues(samples);
    const exact = await new ExactExplainer(treePredictor(ensemble), independentMasker(background)).shapValues(
      samples,
      {},
    );
    assertParity("exact", values, exact.values, BOUND);
  });

  it("explains a tree that is too deep for bits", async () => {
    // A chain: node 2 i asks for feature i % 3, node 2 i + 1 is its left leaf.
    const [depth, nodes] = [45, 91];
    const each = <T>(split: (i: number) => T, leaf: (i: number) => T): T[] =>
      Array.from({ length: nodes }, (_, n) => (n % 2 === 0 && n < nodes - 1 ? split(n / 2) : leaf((n - 1) / 2)));
    const tree = {
      children_left: each(
        (i) => 2 * i + 1,
        () => -1,
      ),
      children_right: each(
        (i) => 2 * i + 2,
        () => -1,
      ),
      feature: each(
        (i) => i % 3,
        () => -1,
      ),
      threshold: each(
        (i) => i / depth,
        () => 0,
      ),
      value: each(
        () => [0],
        (i) => [Math.sin(i)],
      ),
      weighted_n_node_samples: each(
        (i) => 2 * depth - 2 * i,
        () => 2,
      ),
    };
    const { ensemble } = parseTreeFile(JSON.stringify({ trees: [tree] }));
    const samples = { data: Float32Array.of(0.9, 0.8, 0.7, 0.1, 0.5, 0.6, 0.05, 0.95, 0.2), shape: [3, 3] };
    const paths = await new TreeExplainer(ensemble).shapValues(samples);
    assert.ok(paths.additivityError < 1e-6, String(paths.additivityError));
    const pairs = await new TreeExplainer(ensemble, samples).shapValues(samples);
    const exact = await new ExactExplainer(treePredictor(ensemble), independentMasker(samples)).shapValues(samples, {});
    assertParity("exact", pairs.values, exact.values, BOUND);
  });

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
      gradient_booster: {
        name: string;
        model: { trees: { left_children: number[]; categories_nodes: number[]; base_weights: number[] }[] };
      };
    };
  }
  const broken: [string, (model: Parts) => void, RegExp][] = [
    ["a linear booster", ({ learner }) => (learner.gradient_booster.name = "gblinear"), /gblinear/],
    ["categories", ({ learner }) => (learner.gradient_booster.model.trees[0].categories_nodes = [1]), /categories/],
    [
      "vector leaves",
      ({ learner }) =>
        learner.gradient_booster.model.trees[0].base_weights.push(
          ...learner.gradient_booster.model.trees[0].base_weights,
        ),
      /vectors/,
    ],
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
    const listed = categories.text("model");
    assert.throws(() => parseTreeFile(listed.replace(/cat_boundaries=0 /, "cat_boundaries=9 ")), /ascend/);
    assert.throws(() => parseTreeFile(listed.replace(/num_cat=[1-9]/, "num_cat=0")), /cat_boundaries/);
    assert.throws(() => parseTreeFile(text.replace(/leaf_count=\d+ /, "leaf_count=")), /leaf_count/);
  });
});
