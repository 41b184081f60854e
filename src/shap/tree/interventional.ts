/** TreeSHAP against a background: hidden features take a reference's values (Lundberg et al. 2020, "interventional"). */
import { type Tree, goesLeft } from "./ensemble";

const UNDECIDED = 0;
const SAMPLE = 1;
const REFERENCE = 2;

/**
 * One tree's exact Shapley values for a sample and a reference. Both walk the tree together; where they part, the feature is
 * decided for one of them on either branch. A leaf reached by s features of the sample and r of the reference
 * weighs (s - 1)! r! / (s + r)! for each of the former, and s! (r - 1)! / (s + r)! against each of the latter.
 */
export class Interventional {
  readonly #decided: Uint8Array;
  /** [depth + 2, width]: what the leaves below a node add to each of the sample's, and of the reference's features. */
  readonly #positive: Float64Array;
  readonly #negative: Float64Array;
  readonly #weights: (s: number, r: number) => number;
  #x: Float32Array = new Float32Array(0);
  #xAt = 0;
  #reference: Float32Array = new Float32Array(0);
  #referenceAt = 0;
  #phi: Float64Array = new Float64Array(0);

  constructor(
    private readonly tree: Tree,
    depth: number,
    features: number,
    private readonly outputs: number,
  ) {
    this.#decided = new Uint8Array(features);
    this.#positive = new Float64Array((depth + 2) * tree.width);
    this.#negative = new Float64Array((depth + 2) * tree.width);
    this.#weights = subsetWeights(depth + 1);
  }

  /** Adds the values to phi [features, outputs]. */
  add(phi: Float64Array, x: Float32Array, xAt: number, reference: Float32Array, referenceAt: number): void {
    [this.#phi, this.#x, this.#xAt] = [phi, x, xAt];
    [this.#reference, this.#referenceAt] = [reference, referenceAt];
    this.#recurse(0, 0, 0, 0);
  }

  /** Writes what lies below `node` to the place of its `level`. */
  #recurse(node: number, level: number, s: number, r: number): void {
    const { tree } = this;
    const { width } = tree;
    const at = level * width;
    if (tree.left[node] < 0) {
      const positive = s > 0 ? this.#weights(s - 1, r) : 0;
      const negative = r > 0 ? -this.#weights(s, r - 1) : 0;
      for (let k = 0; k < width; k++) {
        this.#positive[at + k] = positive * tree.value[node * width + k];
        this.#negative[at + k] = negative * tree.value[node * width + k];
      }
      return;
    }
    const feature = tree.feature[node];
    const child = (left: boolean): number => (left ? tree.left[node] : tree.right[node]);
    const own = child(goesLeft(tree, node, this.#x[this.#xAt + feature]));
    const other = child(goesLeft(tree, node, this.#reference[this.#referenceAt + feature]));
    const decided = this.#decided[feature];
    if (own === other || decided !== UNDECIDED) {
      this.#recurse(decided === REFERENCE ? other : own, level, s, r);
      return;
    }
    this.#decided[feature] = REFERENCE;
    this.#recurse(other, level, s, r + 1);
    this.#decided[feature] = SAMPLE;
    this.#recurse(own, level + 1, s + 1, r);
    this.#decided[feature] = UNDECIDED;
    for (let k = 0; k < width; k++) {
      const below = at + width + k;
      this.#phi[feature * this.outputs + tree.firstOutput + k] += this.#positive[below] + this.#negative[at + k];
      this.#positive[at + k] += this.#positive[below];
      this.#negative[at + k] += this.#negative[below];
    }
  }
}

/** s! r! / (s + r + 1)!, for s + r + 1 up to `most`. */
function subsetWeights(most: number): (s: number, r: number) => number {
  const table = new Float64Array((most + 1) * (most + 1));
  for (let s = 0; s <= most; s++) {
    // w(s, 0) = 1 / (s + 1); w(s, r) = w(s, r - 1) r / (s + r + 1).
    table[s * (most + 1)] = 1 / (s + 1);
    for (let r = 1; r <= most; r++) table[s * (most + 1) + r] = (table[s * (most + 1) + r - 1] * r) / (s + r + 1);
  }
  return (s, r) => table[s * (most + 1) + r];
}
