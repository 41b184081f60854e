import assert from "node:assert/strict";
import type { TreeNodes } from "../../src/protocol/treeNodes";
import { conditionsOf, foldedAtFirst, foldedBelow, pathTo, treeKey, treeLayout } from "../../webview/plots/layout/tree";
import { type TreeNames, formatShare, nodeLabel, ruleSentence } from "../../webview/plots/treeWords";

const SIZES = { width: 100, height: 40, across: 20, between: 10 };

/** 0 splits on "a" into 1, which splits on "a" again into the leaves 2 and 3, and 4, which splits on "b" into 5 and 6. */
const tree: TreeNodes = {
  children_left: [1, 2, -1, -1, 5, -1, -1],
  children_right: [4, 3, -1, -1, 6, -1, -1],
  feature: [0, 0, -1, -1, 1, -1, -1],
  threshold: [10, 4, 0, 0, 0.5, 0, 0],
  value: [
    [0.5, 0.5],
    [0.75, 0.25],
    [1, 0],
    [0.5, 0.5],
    [0.25, 0.75],
    [0, 1],
    [0.5, 0.5],
  ],
  weighted_n_node_samples: [200, 100, 50, 50, 100, 50, 50],
};
const names: TreeNames = { task: "classification", feature_names: ["a", "b"], output_names: ["no", "yes"] };

/** Every node but the leaves has two children, down to a depth. */
function fullTree(depth: number): TreeNodes {
  const nodes: TreeNodes = {
    ...{ children_left: [], children_right: [], feature: [], threshold: [], value: [], weighted_n_node_samples: [] },
  };
  const add = (level: number): number => {
    const at = nodes.feature.push(level === depth ? -1 : 0) - 1;
    nodes.children_left.push(-1);
    nodes.children_right.push(-1);
    nodes.threshold.push(0);
    nodes.value.push([0]);
    nodes.weighted_n_node_samples.push(1);
    if (level < depth) {
      nodes.children_left[at] = add(level + 1);
      nodes.children_right[at] = add(level + 1);
    }
    return at;
  };
  add(0);
  return nodes;
}

describe("the layout of a decision tree", () => {
  it("puts leaves below one another and parents in the middle of their children", () => {
    const { nodes, width, height } = treeLayout(tree, new Set(), SIZES);
    assert.deepEqual(
      nodes.map(({ node, x, y, kind }) => [node, x, y, kind]),
      [
        [0, 0, 75, "split"],
        [1, 120, 25, "split"],
        [2, 240, 0, "leaf"],
        [3, 240, 50, "leaf"],
        [4, 120, 125, "split"],
        [5, 240, 100, "leaf"],
        [6, 240, 150, "leaf"],
      ],
    );
    assert.deepEqual([width, height], [340, 190]);
    assert.deepEqual(
      nodes.slice(1, 3).map(({ from }) => from),
      [
        { parent: 0, holds: true },
        { parent: 1, holds: true },
      ],
    );
  });

  it("leaves out what is folded", () => {
    const { nodes, width, height } = treeLayout(tree, new Set([4]), SIZES);
    assert.deepEqual(
      nodes.map(({ node, kind }) => `${node} ${kind}`),
      ["0 split", "1 split", "2 leaf", "3 leaf", "4 folded"],
    );
    assert.deepEqual([width, height], [340, 140]);
    assert.deepEqual(treeLayout(tree, foldedBelow(tree, 0), SIZES).nodes.length, 1);
  });

  it("folds a big tree below its third level, and no small one", () => {
    assert.equal(foldedAtFirst(fullTree(4)).size, 0);
    const big = fullTree(5);
    assert.equal(treeLayout(big, foldedAtFirst(big), SIZES).nodes.length, 1 + 2 + 4 + 8);
  });

  it("tells the way to a node, and takes the comparisons of one feature together", () => {
    assert.deepEqual(pathTo(tree, 3), [0, 1, 3]);
    assert.deepEqual(conditionsOf(tree, 3), [{ feature: 0, above: 4, atMost: 10 }]);
    assert.deepEqual(conditionsOf(tree, 6), [
      { feature: 0, above: 10 },
      { feature: 1, above: 0.5 },
    ]);
    assert.deepEqual(conditionsOf(tree, 0), []);
  });

  it("is walked by keys as a tree is", () => {
    const layout = treeLayout(tree, new Set([4]), SIZES);
    assert.deepEqual(treeKey(layout, 0, "ArrowDown"), { focus: 1 });
    assert.deepEqual(treeKey(layout, 0, "ArrowUp"), { focus: 0 });
    assert.deepEqual(treeKey(layout, 0, "End"), { focus: 4 });
    assert.deepEqual(treeKey(layout, 4, "Home"), { focus: 0 });
    assert.deepEqual(treeKey(layout, 1, "ArrowRight"), { focus: 2 });
    assert.deepEqual(treeKey(layout, 4, "ArrowRight"), { fold: false });
    assert.deepEqual(treeKey(layout, 1, "ArrowLeft"), { fold: true });
    assert.deepEqual(treeKey(layout, 3, "ArrowLeft"), { focus: 1 });
    assert.deepEqual(treeKey(layout, 4, "Enter"), { fold: false });
    for (const key of ["ArrowRight", "Enter", "x"]) assert.equal(treeKey(layout, 2, key), undefined);
  });
});

describe("a decision tree in words", () => {
  it("says what a node asks, and what is true of its rows", () => {
    const { nodes } = treeLayout(tree, new Set(), SIZES);
    assert.equal(nodeLabel(tree, nodes[0], names), "a ≤ 10? no, 200 rows · 50 %");
    assert.equal(nodeLabel(tree, nodes[5], names), "Yes: Leaf: yes, 50 rows · 100 %");
    assert.equal(ruleSentence(tree, 3, names), "4 < a ≤ 10: 50 of 200 training rows. Of them no 50 %, yes 50 %.");
    assert.equal(ruleSentence(tree, 0, names), "All 200 training rows. Of them no 50 %, yes 50 %.");
    const quantity: TreeNames = { ...names, task: "regression", output_names: ["price"] };
    assert.equal(ruleSentence(tree, 5, quantity), "a > 10, b ≤ 0.5: 50 of 200 training rows. Mean of “price”: 0.");
  });

  it("does not round a share to none or all", () =>
    assert.deepEqual([0, 0.001, 0.5, 0.999, 1].map(formatShare), ["0 %", "1 %", "50 %", "99 %", "100 %"]));
});
