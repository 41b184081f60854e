/** The coalitions that KernelExplainer evaluates, with their weights. */
import { type Random, drawIndex } from "../random";

export interface WeightedCoalitions {
  count: number;
  /** Players of the game, M. */
  size: number;
  /** [count, size], 1 for who takes part. Neither nobody nor all is among them. */
  members: Uint8Array;
  /** [count] */
  weights: Float64Array;
}

/** How many coalitions are taken of M players: `nsamples`, by default 2 M + 2048, and at most all but the two ends. */
export function coalitionCount(size: number, nsamples: number | undefined): number {
  return Math.min(nsamples ?? 2 * size + 2048, size <= 30 ? 2 ** size - 2 : 2 ** 30);
}

/**
 * Coalition sizes are enumerated as far as they fit, from both ends, and the rest is drawn, each with its complement
 * (paired sampling). What is drawn twice counts twice.
 *
 * @param size players, 2 at least.
 */
export function chooseCoalitions(size: number, nsamples: number, random: Random): WeightedCoalitions {
  const sizes = Math.ceil((size - 1) / 2);
  const paired = Math.floor((size - 1) / 2);
  const kernel = Float64Array.from(
    { length: sizes },
    (_, i) => ((size - 1) / ((i + 1) * (size - i - 1))) * (i < paired ? 2 : 1),
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const weight = kernel.map((each) => each / sum);
  const members = new Uint8Array(nsamples * size);
  const weights = new Float64Array(nsamples);
  let count = 0;
  const add = (chosen: Uint8Array, invert: boolean, each: number): void => {
    for (let i = 0; i < size; i++) members[count * size + i] = invert ? 1 - chosen[i] : chosen[i];
    weights[count++] = each;
  };

  let full = 0;
  const remaining = Float64Array.from(weight);
  let left = nsamples;
  for (; full < sizes; full++) {
    const isPaired = full < paired;
    const subsets = binomial(size, full + 1) * (isPaired ? 2 : 1);
    if ((left * remaining[full]) / subsets < 1 - 1e-8) break;
    left -= subsets;
    const rest = 1 - remaining[full];
    if (rest > 0) for (let i = 0; i < sizes; i++) remaining[i] /= rest;
    const each = weight[full] / subsets;
    for (const chosen of combinations(size, full + 1)) {
      add(chosen, false, each);
      if (isPaired) add(chosen, true, each);
    }
  }
  if (full === sizes)
    return { count, size, members: members.subarray(0, count * size), weights: weights.subarray(0, count) };

  const fixed = count;
  const chances = weight.slice(full).map((each, i) => (full + i < paired ? each / 2 : each));
  const known = new Map<string, number>();
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let draws = 4 * (nsamples - count); draws > 0 && count < nsamples; draws--) {
    const taken = full + drawSize(chances, random) + 1;
    const chosen = new Uint8Array(size);
    for (let i = 0; i < taken; i++) {
      const j = i + drawIndex(random, size - i);
      [order[i], order[j]] = [order[j], order[i]];
      chosen[order[i]] = 1;
    }
    const key = chosen.join("");
    const before = known.get(key);
    const hasPair = taken <= paired;
    if (before !== undefined) {
      weights[before]++;
      if (hasPair && before + 1 < count) weights[before + 1]++;
      continue;
    }
    known.set(key, count);
    add(chosen, false, 1);
    if (hasPair && count < nsamples) add(chosen, true, 1);
  }
  // Together, what was drawn weighs as much as all coalitions of the sizes that it stands for.
  const weightLeft = weight.slice(full).reduce((a, b) => a + b, 0);
  const drawn = weights.subarray(fixed, count).reduce((a, b) => a + b, 0);
  for (let i = fixed; i < count; i++) weights[i] *= weightLeft / drawn;
  return { count, size, members: members.subarray(0, count * size), weights: weights.subarray(0, count) };
}

function drawSize(chances: Float64Array, random: Random): number {
  let rest = random() * chances.reduce((a, b) => a + b, 0);
  for (let i = 0; i < chances.length - 1; i++) {
    rest -= chances[i];
    if (rest < 0) return i;
  }
  return chances.length - 1;
}

function binomial(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}

/** All choices of k of n, in lexicographic order; the array is the same each time. */
function* combinations(n: number, k: number): Generator<Uint8Array> {
  const places = Array.from({ length: k }, (_, i) => i);
  const chosen = new Uint8Array(n);
  for (;;) {
    chosen.fill(0);
    for (const place of places) chosen[place] = 1;
    yield chosen;
    let i = k - 1;
    while (i >= 0 && places[i] === n - k + i) i--;
    if (i < 0) return;
    places[i]++;
    for (let j = i + 1; j < k; j++) places[j] = places[j - 1] + 1;
  }
}
