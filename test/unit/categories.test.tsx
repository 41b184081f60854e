/** Columns that are a category each read as the column's value, whatever the file calls them. */
import assert from "node:assert/strict";
import { render } from "preact-render-to-string";
import type { OutputSlice } from "../../src/protocol/explanation";
import { EffectsTable } from "../../webview/explanation/EffectsTable";
import { categoriesOf } from "../../webview/plots/layout/categories";
import { featureName, featureText } from "../../webview/plots/layout/features";
import { ruleSentence, splitText } from "../../webview/plots/treeWords";
import { columnFeatureText } from "../../webview/plots/words";

const NAMES = ["age", "sex: 1", "sex: 2", "ratio: a", "ratio: b", "note: alone"];

const slice: OutputSlice = {
  outputIndex: 0,
  outputName: "y",
  rows: [0, 1],
  samples: 2,
  features: NAMES.length,
  featureShape: [NAMES.length],
  featureNames: NAMES,
  values: Float32Array.from([1, 0.5, -0.25, 0.1, 0.1, 0.1, 1, -0.5, 0.25, 0.1, 0.1, 0.1]),
  baseValues: new Float64Array(2),
  data: Float32Array.from([40, 1, 0, 0.5, 1, 1, 50, 0, NaN, 0, 0, 0]),
  meta: {},
};

describe("categories of a column", () => {
  it("are known by their names, two at least", () => {
    assert.deepEqual(
      categoriesOf(NAMES).map((category) => category?.category),
      [undefined, "1", "2", "a", "b", undefined],
    );
  });

  it("read as equations where their values are 0 and 1, and others as before", () => {
    const texts = (row: number): string[] => NAMES.map((_, i) => featureText(slice, row, i));
    assert.deepEqual(texts(0), ["age = 40", "sex = 1", "sex ≠ 2", "ratio: a = 0.5", "ratio = b", "note: alone = 1"]);
    assert.equal(texts(1)[1], "sex ≠ 1");
    assert.match(texts(1)[2], /^sex: 2/);
    assert.equal(featureName(slice, 1), "sex = 1");
    assert.equal(columnFeatureText(slice, [1], [0, 1], "automatic"), "sex = 1 in 50 % of them");
    const { data: _, ...without } = slice;
    assert.equal(featureText(without, 0, 1), "sex: 1");
  });

  it("stand in the table of effects as column and value", () => {
    const html = render(<EffectsTable slice={slice} row={0} numberStyle="automatic" />);
    assert.match(html, /title="sex: 1">sex<\/td><td class="number">1</);
    assert.match(html, /title="sex: 2">sex<\/td><td class="number">≠ 2</);
  });

  it("read so in a tree, too", () => {
    const tree = {
      children_left: [1, -1, -1],
      children_right: [2, -1, -1],
      feature: [2, -1, -1],
      threshold: [0.4999, 0, 0],
      value: [[1], [2], [3]],
      weighted_n_node_samples: [4, 2, 2],
    };
    const names = { task: "regression", feature_names: NAMES, output_names: ["y"] } as const;
    const parts = { ...names, feature_names: [...NAMES], output_names: ["y"] };
    assert.equal(splitText(tree, 0, parts), "sex ≠ 2");
    assert.match(ruleSentence(tree, 1, parts), /^sex ≠ 2: /);
    assert.match(ruleSentence(tree, 2, parts), /^sex = 2: /);
    assert.equal(splitText({ ...tree, threshold: [1.5, 0, 0] }, 0, parts), "sex: 2 ≤ 1.5");
  });
});
