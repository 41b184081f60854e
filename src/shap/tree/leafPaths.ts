/** A tree as the ways to its leaves, each with the features that it asks for. */
import type { Tree } from "./ensemble";

/** One split on the way to a leaf. */
export interface Step {
  node: number;
  /** Whether the way goes left there. */
  isLeft: boolean;
  /** Which of the leaf's features it asks for. */
  slot: number;
}

export interface LeafPath {
  node: number;
  /** Different features of the way. */
  features: Int32Array;
  /** Of each: which fraction of the training weight goes along the way where the feature is hidden. */
  zero: Float64Array;
  steps: readonly Step[];
}

/** Leaves from left to right. */
export function leafPaths(tree: Tree): LeafPath[] {
  const leaves: LeafPath[] = [];
  const open: { node: number; features: number[]; zero: number[]; steps: Step[] }[] = [
    { node: 0, features: [], zero: [], steps: [] },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, features, zero, steps } = next;
    if (tree.left[node] < 0) {
      leaves.push({ node, features: Int32Array.from(features), zero: Float64Array.from(zero), steps });
      continue;
    }
    // A feature counts once: a later split on it narrows what an earlier one lets through.
    const known = features.indexOf(tree.feature[node]);
    const slot = known < 0 ? features.length : known;
    for (const isLeft of [false, true]) {
      const child = isLeft ? tree.left[node] : tree.right[node];
      const fractions = zero.slice();
      fractions[slot] = (fractions[slot] ?? 1) * (tree.cover[child] / tree.cover[node]);
      open.push({
        node: child,
        features: known < 0 ? [...features, tree.feature[node]] : features,
        zero: fractions,
        steps: [...steps, { node, isLeft, slot }],
      });
    }
  }
  return leaves;
}
