/**
 * TreeSHAP along the paths of a tree, for many rows: what a leaf gives to the features of its path depends only on which of
 * them the row satisfies, so it is computed once for each such pattern (as Yang 2021, "Fast TreeSHAP", v2). The same numbers as
 * `PathDependent`.
 */
import { type Tree, goesLeft } from "./ensemble";

/** Patterns are bits of a number. */
const MOST_FEATURES = 30;

interface Leaf {
  node: number;
  /** Different features of its path. */
  features: Int32Array;
  /** Of each: which fraction of the training weight goes along the path where the feature is hidden. */
  zero: Float64Array;
  /** By pattern: how much of the leaf's value each of its features gets. */
  shares: Map<number, Float64Array>;
}

export class PathPatterns {
  /** Nodes but the root, parents first; their parents, whether they are left, and the bit of their feature in the pattern. */
  readonly #nodes: Int32Array;
  readonly #parents: Int32Array;
  readonly #isLeft: Uint8Array;
  readonly #bits: Int32Array;
  readonly #leaves: readonly Leaf[];
  /** [nodes]: the pattern of a row so far. */
  readonly #pattern: Int32Array;

  private constructor(
    private readonly tree: Tree,
    private readonly outputs: number,
    leaves: Leaf[],
    steps: readonly { node: number; parent: number; isLeft: boolean; slot: number }[],
  ) {
    this.#leaves = leaves;
    this.#nodes = Int32Array.from(steps, ({ node }) => node);
    this.#parents = Int32Array.from(steps, ({ parent }) => parent);
    this.#isLeft = Uint8Array.from(steps, ({ isLeft }) => Number(isLeft));
    this.#bits = Int32Array.from(steps, ({ slot }) => 1 << slot);
    this.#pattern = new Int32Array(tree.left.length);
  }

  /** undefined where a path has more features than a pattern can hold. @param outputs of the ensemble. */
  static of(tree: Tree, outputs: number): PathPatterns | undefined {
    const leaves: Leaf[] = [];
    const steps: { node: number; parent: number; isLeft: boolean; slot: number }[] = [];
    const open: { node: number; features: number[]; zero: number[] }[] = [{ node: 0, features: [], zero: [] }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, features, zero } = next;
      if (tree.left[node] < 0) {
        if (features.length > MOST_FEATURES) return undefined;
        leaves.push({
          node,
          features: Int32Array.from(features),
          zero: Float64Array.from(zero),
          shares: new Map<number, Float64Array>(),
        });
        continue;
      }
      // A feature counts once: a later split on it narrows what an earlier one lets through.
      const known = features.indexOf(tree.feature[node]);
      const slot = known < 0 ? features.length : known;
      for (const isLeft of [true, false]) {
        const child = isLeft ? tree.left[node] : tree.right[node];
        const fractions = zero.slice();
        fractions[slot] = (fractions[slot] ?? 1) * (tree.cover[child] / tree.cover[node]);
        steps.push({ node: child, parent: node, isLeft, slot });
        open.push({
          node: child,
          features: known < 0 ? [...features, tree.feature[node]] : features,
          zero: fractions,
        });
      }
    }
    return new PathPatterns(tree, outputs, leaves, steps);
  }

  /** Adds the tree's values for the row at `at` of `rows` to those at `to` of phi, [features, outputs]. */
  add(phi: Float64Array, to: number, rows: Float32Array, at: number): void {
    const { tree, outputs } = this;
    const { value, width, firstOutput, feature } = tree;
    const [nodes, parents, isLeft, bits, pattern] = [
      this.#nodes,
      this.#parents,
      this.#isLeft,
      this.#bits,
      this.#pattern,
    ];
    pattern[0] = -1;
    for (let i = 0; i < nodes.length; i++) {
      const parent = parents[i];
      const follows = goesLeft(tree, parent, rows[at + feature[parent]]) === (isLeft[i] === 1);
      pattern[nodes[i]] = follows ? pattern[parent] : pattern[parent] & ~bits[i];
    }
    for (const leaf of this.#leaves) {
      const { features } = leaf;
      const met = pattern[leaf.node] & ((1 << features.length) - 1);
      let shares = leaf.shares.get(met);
      if (!shares) {
        shares = sharesOf(leaf.zero, met);
        leaf.shares.set(met, shares);
      }
      const from = leaf.node * width;
      for (let i = 0; i < features.length; i++) {
        const place = to + features[i] * outputs + firstOutput;
        for (let k = 0; k < width; k++) phi[place + k] += shares[i] * value[from + k];
      }
    }
  }
}

/** What each feature of a path gets of its leaf's value: Shapley values of the product of z_i where hidden, o_i where shown. */
function sharesOf(zero: Float64Array, met: number): Float64Array {
  const n = zero.length;
  // Weights of subsets by their size, as features join (algorithm 2 of Lundberg et al. 2020).
  const weight = new Float64Array(n + 1);
  weight[0] = 1;
  for (let joined = 1; joined <= n; joined++) {
    const [z, o] = [zero[joined - 1], (met >> (joined - 1)) & 1];
    for (let i = joined - 1; i >= 0; i--) {
      weight[i + 1] += (o * weight[i] * (i + 1)) / (joined + 1);
      weight[i] = (z * weight[i] * (joined - i)) / (joined + 1);
    }
  }
  return zero.map((z, feature) => {
    const o = (met >> feature) & 1;
    // The sum of the weights without this feature.
    let [next, total] = [weight[n], 0];
    for (let i = n - 1; i >= 0; i--) {
      if (o === 1) {
        const left = (next * (n + 1)) / (i + 1);
        total += left;
        next = weight[i] - (left * z * (n - i)) / (n + 1);
      } else if (z !== 0) total += (weight[i] * (n + 1)) / (z * (n - i));
    }
    return total * (o - z);
  });
}
