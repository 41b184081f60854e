/**
 * TreeSHAP for many rows. What a leaf gives to the features of its way depends only on which of them the row meets, so it is
 * computed once for each such pattern (as Yang 2021, "Fast TreeSHAP", v2); and what neighbouring leaves give together depends only
 * on which way the row goes at the nodes above them, so it is added up once for each such decision. The same numbers as
 * `PathDependent` and, of a background, `Interventional`.
 */
import type { NdArray } from "../../protocol/ndArray";
import { MISSING, type Tree, goesLeft } from "./ensemble";
import { type LeafPath, leafPaths } from "./leafPaths";
import { SubsetWeights, interventionalShares, pathDependentShares } from "./leafShares";

/** Patterns and decisions are bits of an integer. */
const MOST_BITS = 30;

/** Nodes above a group of leaves: more of them make fewer groups, whose decisions recur less often. */
const NODES = 8;

interface Leaf extends LeafPath {
  /** Of each feature: the nodes of the group that ask for it, as bits of a decision, and which way along them meets it. */
  asked: Int32Array;
  wanted: Int32Array;
  /** Of each feature, its place in the group. */
  columns: Int32Array;
  /** Of a background: how many of its rows meet which features. */
  references: Map<number, number>;
}

/** Neighbouring leaves. */
interface Group {
  /** Above them; in a decision the first one is the highest bit. */
  nodes: Int32Array;
  leaves: readonly Leaf[];
  /** [columns]: places in a row's phi. */
  targets: Int32Array;
}

export class PathPatterns {
  readonly #groups: readonly Group[];
  readonly #weights: SubsetWeights | undefined;
  /** Shares of leaves and sums of groups of the rows at hand, by where they begin. */
  #numbers = new Float64Array(1024);
  #used = 0;

  private constructor(
    private readonly tree: Tree,
    leaves: readonly LeafPath[],
    private readonly features: number,
    private readonly outputs: number,
    private readonly background: NdArray | undefined,
  ) {
    this.#groups = groupsOf(leaves).map((each) => asGroup(tree, each, outputs));
    if (!background) return;
    this.#weights = new SubsetWeights(leaves.reduce((most, each) => Math.max(most, each.features.length), 1));
    this.#countReferences(background);
  }

  /**
   * undefined where a way has more features or nodes than bits can hold.
   *
   * @param features, outputs of the ensemble.
   * @param background [references, features]; without one, hidden features follow the training weight.
   */
  static of(tree: Tree, features: number, outputs: number, background?: NdArray): PathPatterns | undefined {
    const leaves = leafPaths(tree);
    if (leaves.some(({ steps }) => steps.length > MOST_BITS)) return undefined;
    return new PathPatterns(tree, leaves, features, outputs, background);
  }

  /** Adds the tree's values for the rows from `from` to `to` (not included) to phi [rows, features, outputs]. */
  add(phi: Float64Array, rows: Float32Array, from: number, to: number): void {
    const { width } = this.tree;
    const size = this.features * this.outputs;
    for (const group of this.#groups) {
      const { targets, leaves } = group;
      const decisions = this.#decide(group.nodes, rows, from, to);
      const sums = new Map<number, number>();
      const shares = leaves.map(() => new Map<number, number>());
      this.#used = 0;
      for (let row = 0, place = 0; row < decisions.length; row++, place += size) {
        const decision = decisions[row];
        let at = sums.get(decision);
        if (at === undefined) {
          at = this.#sum(group, decision, shares);
          sums.set(decision, at);
        }
        const numbers = this.#numbers;
        for (let i = 0; i < targets.length; i++) {
          for (let k = place + targets[i], end = k + width; k < end; k++) phi[k] += numbers[at++];
        }
      }
    }
  }

  /** [rows]: which of the nodes each row passes to the left, as bits. */
  #decide(nodes: Int32Array, rows: Float32Array, from: number, to: number): Int32Array {
    const { tree, features } = this;
    const decisions = new Int32Array(to - from);
    for (const node of nodes) {
      const [threshold, plain] = [tree.threshold[node], !isSpecial(tree, node)];
      for (let row = 0, at = from * features + tree.feature[node]; row < decisions.length; row++, at += features) {
        const value = rows[at];
        const left = plain && value === value ? value <= threshold : goesLeft(tree, node, value);
        decisions[row] = (decisions[row] << 1) | (left ? 1 : 0);
      }
    }
    return decisions;
  }

  /** Adds up what the leaves of a group give. @returns where it begins among the numbers, [columns, width]. */
  #sum({ leaves, targets }: Group, decision: number, shares: readonly Map<number, number>[]): number {
    const { value, width } = this.tree;
    const sum = this.#reserve(targets.length * width);
    leaves.forEach((leaf, i) => {
      const { columns, node } = leaf;
      const met = metBy(leaf, decision);
      let share = shares[i].get(met);
      if (share === undefined) {
        const found = this.#shares(leaf, met);
        share = this.#reserve(found.length);
        this.#numbers.set(found, share);
        shares[i].set(met, share);
      }
      const numbers = this.#numbers;
      for (let j = 0; j < columns.length; j++) {
        const at = sum + columns[j] * width;
        for (let k = 0; k < width; k++) numbers[at + k] += numbers[share + j] * value[node * width + k];
      }
    });
    return sum;
  }

  /** Zeros. @returns where they begin. */
  #reserve(count: number): number {
    const from = this.#used;
    this.#used += count;
    if (this.#used > this.#numbers.length) {
      const larger = new Float64Array(2 * this.#used);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.fill(0, from, this.#used);
    return from;
  }

  #shares({ zero, references }: Leaf, met: number): Float64Array {
    const { background } = this;
    if (!background || !this.#weights) return pathDependentShares(zero, met);
    const total = interventionalShares(references, zero.length, met, this.#weights);
    return total.map((share) => share / background.shape[0]);
  }

  #countReferences({ data, shape }: NdArray): void {
    for (const { nodes, leaves } of this.#groups) {
      for (const decision of this.#decide(nodes, data, 0, shape[0])) {
        for (const leaf of leaves) {
          const met = metBy(leaf, decision);
          leaf.references.set(met, (leaf.references.get(met) ?? 0) + 1);
        }
      }
    }
  }
}

/** Whether a node asks for more than a comparison, NaN aside. */
function isSpecial({ missing, categories }: Tree, node: number): boolean {
  return missing[node] === MISSING.zero || categories?.has(node) === true;
}

/** The features of a leaf's way that a decision meets, as bits. */
function metBy({ asked, wanted }: Leaf, decision: number): number {
  let met = 0;
  for (let i = 0; i < asked.length; i++) if ((decision & asked[i]) === wanted[i]) met |= 1 << i;
  return met;
}

/** Leaves side by side that have few nodes above them in all. */
function groupsOf(leaves: readonly LeafPath[]): LeafPath[][] {
  const groups: LeafPath[][] = [];
  let [group, nodes] = [[] as LeafPath[], new Set<number>()];
  for (const leaf of leaves) {
    const more = leaf.steps.filter(({ node }) => !nodes.has(node));
    if (group.length > 0 && nodes.size + more.length > NODES) {
      groups.push(group);
      group = [];
      nodes = new Set(leaf.steps.map(({ node }) => node));
    } else for (const { node } of more) nodes.add(node);
    group.push(leaf);
  }
  return [...groups, group];
}

function asGroup({ firstOutput }: Tree, paths: readonly LeafPath[], outputs: number): Group {
  const nodes = [...new Set(paths.flatMap(({ steps }) => steps.map(({ node }) => node)))];
  const features = [...new Set(paths.flatMap((path) => Array.from(path.features)))];
  return {
    nodes: Int32Array.from(nodes),
    targets: Int32Array.from(features, (feature) => feature * outputs + firstOutput),
    leaves: paths.map((path) => {
      const [asked, wanted] = [0, 1].map(() => new Int32Array(path.features.length));
      for (const { node, slot, isLeft } of path.steps) {
        const bit = 1 << (nodes.length - 1 - nodes.indexOf(node));
        asked[slot] |= bit;
        if (isLeft) wanted[slot] |= bit;
      }
      const columns = path.features.map((feature) => features.indexOf(feature));
      return { ...path, asked, wanted, columns, references: new Map<number, number>() };
    }),
  };
}
