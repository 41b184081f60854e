/** TreeSHAP along the paths of a tree: hidden features follow the training weight (Lundberg et al. 2020, algorithm 2). */
import { type Tree, goesLeft } from "./ensemble";

/** A feature that is held as present or absent while the values of the others are computed, for interactions. */
export interface Condition {
  feature: number;
  present: boolean;
}

/** Computes one tree's values; its scratch space is allocated once. */
export class PathDependent {
  // The path so far at each depth, one after the other: features, and how much of what reaches a node does so where the feature
  // is hidden (zero) or shown (one); weights of subsets by their size.
  readonly #feature: Int32Array;
  readonly #zero: Float64Array;
  readonly #one: Float64Array;
  readonly #weight: Float64Array;
  #rows: Float32Array = new Float32Array(0);
  #at = 0;
  #phi: Float64Array = new Float64Array(0);
  #condition: Condition | undefined;

  /** @param depth of the tree. @param outputs of the ensemble, for the place of its values in phi. */
  constructor(
    private readonly tree: Tree,
    depth: number,
    private readonly outputs: number,
  ) {
    const size = ((depth + 2) * (depth + 3)) / 2;
    this.#feature = new Int32Array(size);
    [this.#zero, this.#one, this.#weight] = [0, 1, 2].map(() => new Float64Array(size));
  }

  /** Adds the tree's values for the row at `at` of `rows` to phi [features, outputs]. */
  add(phi: Float64Array, rows: Float32Array, at: number, condition?: Condition): void {
    this.#phi = phi;
    this.#rows = rows;
    this.#at = at;
    this.#condition = condition;
    this.#recurse(0, 0, 0, 1, 1, -1, 1);
  }

  /**
   * @param from where the parent's path begins. @param depth its length, and the place of what is added.
   * @param share how much of the tree this branch stands for under the condition.
   */
  #recurse(node: number, from: number, depth: number, zero: number, one: number, feature: number, share: number): void {
    if (share === 0) return;
    const path = from + depth + (node === 0 ? 0 : 1);
    if (path !== from) this.#copyPath(from, path, depth + 1);
    if (this.#condition === undefined || this.#condition.feature !== feature)
      this.#extend(path, depth, zero, one, feature);
    const { tree } = this;
    if (tree.left[node] < 0) {
      this.#addLeaf(node, path, depth, share);
      return;
    }
    const split = tree.feature[node];
    const left = goesLeft(tree, node, this.#rows[this.#at + split]);
    const [hot, cold] = left ? [tree.left[node], tree.right[node]] : [tree.right[node], tree.left[node]];
    const [hotZero, coldZero] = [tree.cover[hot] / tree.cover[node], tree.cover[cold] / tree.cover[node]];
    let [zeroBefore, oneBefore, length] = [1, 1, depth];
    // A feature counts once: what an earlier split on it did is undone.
    for (let i = 0; i <= depth; i++) {
      if (this.#feature[path + i] !== split) continue;
      zeroBefore = this.#zero[path + i];
      oneBefore = this.#one[path + i];
      this.#unwind(path, depth, i);
      length--;
      break;
    }
    let [hotShare, coldShare] = [share, share];
    if (this.#condition?.feature === split) {
      length--;
      if (this.#condition.present) coldShare = 0;
      else {
        hotShare *= hotZero;
        coldShare *= coldZero;
      }
    }
    this.#recurse(hot, path, length + 1, hotZero * zeroBefore, oneBefore, split, hotShare);
    this.#recurse(cold, path, length + 1, coldZero * zeroBefore, 0, split, coldShare);
  }

  /** Paths are short: a loop is quicker than four calls of copyWithin. */
  #copyPath(from: number, to: number, count: number): void {
    const [features, zero, one, weight] = [this.#feature, this.#zero, this.#one, this.#weight];
    for (let i = 0; i < count; i++) {
      features[to + i] = features[from + i];
      zero[to + i] = zero[from + i];
      one[to + i] = one[from + i];
      weight[to + i] = weight[from + i];
    }
  }

  #addLeaf(node: number, path: number, depth: number, share: number): void {
    const { value, width, firstOutput } = this.tree;
    for (let i = 1; i <= depth; i++) {
      const scale = this.#unwoundSum(path, depth, i) * (this.#one[path + i] - this.#zero[path + i]) * share;
      const at = this.#feature[path + i] * this.outputs + firstOutput;
      for (let k = 0; k < width; k++) this.#phi[at + k] += scale * value[node * width + k];
    }
  }

  /** Adds a feature at the end of a path: subsets grow by it or not. */
  #extend(path: number, depth: number, zero: number, one: number, feature: number): void {
    const weight = this.#weight;
    this.#feature[path + depth] = feature;
    this.#zero[path + depth] = zero;
    this.#one[path + depth] = one;
    weight[path + depth] = depth === 0 ? 1 : 0;
    for (let i = depth - 1; i >= 0; i--) {
      weight[path + i + 1] += (one * weight[path + i] * (i + 1)) / (depth + 1);
      weight[path + i] = (zero * weight[path + i] * (depth - i)) / (depth + 1);
    }
  }

  /** Takes the i-th feature out of a path again. */
  #unwind(path: number, depth: number, index: number): void {
    const weight = this.#weight;
    const [one, zero] = [this.#one[path + index], this.#zero[path + index]];
    let next = weight[path + depth];
    for (let i = depth - 1; i >= 0; i--) {
      if (one !== 0) {
        const before = weight[path + i];
        weight[path + i] = (next * (depth + 1)) / ((i + 1) * one);
        next = before - (weight[path + i] * zero * (depth - i)) / (depth + 1);
      } else weight[path + i] = (weight[path + i] * (depth + 1)) / (zero * (depth - i));
    }
    for (let i = index; i < depth; i++) {
      this.#feature[path + i] = this.#feature[path + i + 1];
      this.#zero[path + i] = this.#zero[path + i + 1];
      this.#one[path + i] = this.#one[path + i + 1];
    }
  }

  /** Sum of the weights that would be left without the i-th feature. */
  #unwoundSum(path: number, depth: number, index: number): number {
    const weight = this.#weight;
    const [one, zero] = [this.#one[path + index], this.#zero[path + index]];
    let [next, total] = [weight[path + depth], 0];
    for (let i = depth - 1; i >= 0; i--) {
      if (one !== 0) {
        const left = (next * (depth + 1)) / ((i + 1) * one);
        total += left;
        next = weight[path + i] - (left * zero * (depth - i)) / (depth + 1);
      } else if (zero !== 0) total += (weight[path + i] * (depth + 1)) / (zero * (depth - i));
    }
    return total;
  }
}
