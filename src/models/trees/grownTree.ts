/** From the nodes of ml-cart to arrays: it keeps neither the rows of a node nor all classes. */
import type { CartNode } from "ml-cart";
import { floatBelow } from "../../protocol/numbers";
import type { TreeNodes } from "../../protocol/treeNodes";
import type { TreeTable } from "./treeLearner";

/**
 * The tree with what the rows that it was grown from say at each node, its nodes in the order of a walk to the left.
 *
 * @param columns the table's column for each of the tree's; the same by default.
 */
export function grownTree(root: CartNode, table: TreeTable, columns?: readonly number[]): TreeNodes {
  const { rows, targets, classes } = table;
  const tree: TreeNodes = {
    children_left: [],
    children_right: [],
    feature: [],
    threshold: [],
    value: [],
    weighted_n_node_samples: [],
  };
  const add = (node: CartNode, inside: readonly number[]): number => {
    const at = tree.feature.length;
    tree.children_left.push(-1);
    tree.children_right.push(-1);
    tree.feature.push(-1);
    tree.threshold.push(0);
    tree.value.push(valueOf(inside, targets, classes));
    tree.weighted_n_node_samples.push(inside.length);
    const { left, right, splitColumn, splitValue } = node;
    if (!left || !right) return at;
    const feature = columns?.[splitColumn] ?? splitColumn;
    tree.feature[at] = feature;
    // Rows are float32: below the one is at most the other.
    tree.threshold[at] = floatBelow(splitValue);
    const isLeft = (row: number): boolean => rows[row][feature] < splitValue;
    tree.children_left[at] = add(left, inside.filter(isLeft));
    tree.children_right[at] = add(
      right,
      inside.filter((row) => !isLeft(row)),
    );
    return at;
  };
  add(root, Array.from(rows.keys()));
  return tree;
}

/** Shares of the classes, or the mean. */
function valueOf(inside: readonly number[], targets: readonly number[], classes: number | undefined): number[] {
  if (classes === undefined) return [inside.reduce((sum, row) => sum + targets[row], 0) / inside.length];
  const counts = new Array<number>(classes).fill(0);
  for (const row of inside) counts[targets[row]]++;
  return counts.map((count) => count / inside.length);
}
