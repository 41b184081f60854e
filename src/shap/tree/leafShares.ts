/**
 * What each feature of a leaf's way gets of the leaf's value: Shapley values of the game in which the leaf is reached where every
 * feature lets through, by which of them the sample meets (bits of `met`).
 */

/** Hidden features let through the fraction `zero` of the training weight (algorithm 2 of Lundberg et al. 2020). */
export function pathDependentShares(zero: Float64Array, met: number): Float64Array {
  const n = zero.length;
  // Weights of subsets by their size, as features join.
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

/**
 * Hidden features are a reference's. The leaf counts for a reference where each feature is met by it or the sample; with s met by
 * the sample alone and r by the reference alone, it weighs (s - 1)! r! / (s + r)! for each of the former, and s! (r - 1)! / (s + r)!
 * against each of the latter.
 *
 * @param references by what they meet, how many there are: so each kind is computed once, however large the background.
 * @param n features.
 */
export function interventionalShares(
  references: ReadonlyMap<number, number>,
  n: number,
  met: number,
  weights: SubsetWeights,
): Float64Array {
  const shares = new Float64Array(n);
  const all = (1 << n) - 1;
  for (const [theirs, count] of references) {
    if ((met | theirs) !== all) continue;
    const [own, other] = [met & ~theirs, theirs & ~met];
    const [s, r] = [bits(own), bits(other)];
    if (s > 0) addTo(shares, own, count * weights.of(s - 1, r));
    if (r > 0) addTo(shares, other, -count * weights.of(s, r - 1));
  }
  return shares;
}

function addTo(shares: Float64Array, chosen: number, value: number): void {
  for (let rest = chosen; rest; rest &= rest - 1) shares[31 - Math.clz32(rest & -rest)] += value;
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest; rest &= rest - 1) count++;
  return count;
}

/** s! r! / (s + r + 1)!, for s and r up to `most`. */
export class SubsetWeights {
  readonly #table: Float64Array;

  constructor(private readonly most: number) {
    this.#table = new Float64Array((most + 1) * (most + 1));
    for (let s = 0; s <= most; s++) {
      // w(s, 0) = 1 / (s + 1); w(s, r) = w(s, r - 1) r / (s + r + 1).
      this.#table[s * (most + 1)] = 1 / (s + 1);
      for (let r = 1; r <= most; r++)
        this.#table[s * (most + 1) + r] = (this.#table[s * (most + 1) + r - 1] * r) / (s + r + 1);
    }
  }

  of(s: number, r: number): number {
    return this.#table[s * (this.most + 1) + r];
  }
}
