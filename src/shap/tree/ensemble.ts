/** Decision trees as arrays, whoever trained them. */

export interface Tree {
  /** [nodes]: the children of a node; -1 at a leaf. The root is node 0. */
  left: Int32Array;
  right: Int32Array;
  /** [nodes]: which feature is compared; a row goes left where it is at most `threshold`. */
  feature: Int32Array;
  threshold: Float64Array;
  /** Nodes that ask for a category in place of a comparison. */
  categories?: ReadonlyMap<number, CategorySplit>;
  /** [nodes]: what counts as missing at a node, and whether it goes left then. */
  missing: Uint8Array;
  missingLeft: Uint8Array;
  /** [nodes]: training weight that passed a node. */
  cover: Float64Array;
  /** [nodes, width]: what a leaf adds to the outputs from `firstOutput` on. */
  value: Float64Array;
  width: number;
  firstOutput: number;
}

export interface CategorySplit {
  /** Whole numbers; a value is truncated to one. */
  listed: ReadonlySet<number>;
  /** Whether those that are listed go left, and all others right; or the other way round. */
  listedLeft: boolean;
}

/** Values of `Tree.missing`. */
export const MISSING = {
  /** Nothing; NaN is compared as 0. */
  none: 0,
  /** 0 and NaN. */
  zero: 1,
  nan: 2,
} as const;

export interface TreeEnsemble {
  features: number;
  outputs: number;
  trees: readonly Tree[];
  /** [outputs]: what is added to the sum of the trees. */
  base: Float64Array;
  featureNames?: readonly string[];
}

/** Whether a value goes left at a node. */
export function goesLeft(tree: Tree, node: number, value: number): boolean {
  const { threshold, missing, missingLeft, categories } = tree;
  const kind = missing[node];
  if (Number.isNaN(value)) {
    if (kind !== MISSING.none) return missingLeft[node] === 1;
    return 0 <= threshold[node];
  }
  if (categories !== undefined) {
    const split = categories.get(node);
    if (split) return split.listed.has(Math.trunc(value)) === split.listedLeft;
  }
  // LightGBM's kZeroThreshold.
  if (kind === MISSING.zero && Math.abs(value) <= 1e-35) return missingLeft[node] === 1;
  return value <= threshold[node];
}

/** The leaf that a row [features] at `at` of `rows` comes to. */
export function leafOf(tree: Tree, rows: Float32Array, at: number): number {
  let node = 0;
  while (tree.left[node] >= 0) {
    node = goesLeft(tree, node, rows[at + tree.feature[node]]) ? tree.left[node] : tree.right[node];
  }
  return node;
}

/** Adds what an ensemble answers to a row to `sums` [outputs]. */
export function addPrediction({ trees, base }: TreeEnsemble, rows: Float32Array, at: number, sums: Float64Array): void {
  base.forEach((value, k) => (sums[k] += value));
  for (const tree of trees) {
    const leaf = leafOf(tree, rows, at);
    for (let k = 0; k < tree.width; k++) sums[tree.firstOutput + k] += tree.value[leaf * tree.width + k];
  }
}

/** [outputs]: the mean answer over the training weight, as the trees tell it. */
export function coverExpectation({ trees, base }: TreeEnsemble): Float64Array {
  const expected = Float64Array.from(base);
  for (const { left, cover, value, width, firstOutput } of trees) {
    for (let node = 0; node < left.length; node++) {
      if (left[node] >= 0) continue;
      for (let k = 0; k < width; k++) expected[firstOutput + k] += (cover[node] / cover[0]) * value[node * width + k];
    }
  }
  return expected;
}

/**
 * Length of the longest way from the root to a leaf.
 *
 * @throws RangeError where the arrays are no tree: a child out of range, or one with two parents.
 */
export function treeDepth({ left, right, feature }: Tree, features: number): number {
  const seen = new Uint8Array(left.length);
  let deepest = 0;
  const open: [node: number, depth: number][] = [[0, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, depth] = next;
    if (!(node >= 0 && node < left.length) || seen[node]) throw new RangeError(`Node ${node} is not in its tree once.`);
    seen[node] = 1;
    deepest = Math.max(deepest, depth);
    if (left[node] < 0) continue;
    if (!(feature[node] >= 0 && feature[node] < features))
      throw new RangeError(`Node ${node} compares feature ${feature[node]} of ${features}.`);
    open.push([left[node], depth + 1], [right[node], depth + 1]);
  }
  return deepest;
}
