/** One decision tree as arrays over its nodes, named as scikit-learn's `tree_` names them. The root is node 0. */
export interface TreeNodes {
  /** [nodes]: the children of a node; -1 at a leaf. */
  children_left: number[];
  children_right: number[];
  /** [nodes]: which feature is compared, -1 at a leaf; a row goes left where its value is at most `threshold`. */
  feature: number[];
  threshold: number[];
  /** [nodes, outputs]: shares of the classes among the training rows of a node, or the mean of their quantity. */
  value: number[][];
  /** [nodes]: training rows that passed a node. */
  weighted_n_node_samples: number[];
}

/**
 * The node that a row comes to: a leaf, or what stands at `depth` on the way there.
 *
 * @param at where the row [features] begins in `rows`.
 */
export function nodeOf(tree: TreeNodes, rows: ArrayLike<number>, at: number, depth: number = Infinity): number {
  let node = 0;
  for (let level = 0; level < depth && tree.children_left[node] >= 0; level++) {
    const left = rows[at + tree.feature[node]] <= tree.threshold[node];
    node = left ? tree.children_left[node] : tree.children_right[node];
  }
  return node;
}

/** [nodes]: how many splits lie above each node. */
export function nodeDepths({ children_left: left, children_right: right }: TreeNodes): number[] {
  const depths = left.map(() => 0);
  // A child stands after its parent.
  left.forEach((child, node) => {
    if (child >= 0) depths[child] = depths[right[node]] = depths[node] + 1;
  });
  return depths;
}
