/**
 * Orders samples so that neighbours have similar explanations: complete-linkage clustering of squared Euclidean distances
 * and the leaf order of least total distance, which is what `shap.utils.hclust_ordering` takes from SciPy.
 *
 * Sources: Müllner, "Modern hierarchical, agglomerative clustering algorithms" (2011), the nearest-neighbour chain;
 * Bar-Joseph, Gifford and Jaakkola, "Fast optimal leaf ordering for hierarchical clustering" (2001).
 */

/** A binary tree over rows. */
type Tree = { leaf: number } | { left: Tree; right: Tree; leaves: number[] };

const leavesOf = (tree: Tree): number[] => ("leaf" in tree ? [tree.leaf] : tree.leaves);

/** Squared distances between rows of [rows, columns], as a full [rows, rows] matrix. */
export function squaredDistances(points: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const distances = new Float64Array(rows * rows);
  for (let a = 0; a < rows; a++) {
    for (let b = a + 1; b < rows; b++) {
      let sum = 0;
      for (let i = 0; i < columns; i++) {
        const difference = points[a * columns + i] - points[b * columns + i];
        sum += difference * difference;
      }
      distances[a * rows + b] = distances[b * rows + a] = sum;
    }
  }
  return distances;
}

/** Complete-linkage tree by the nearest-neighbour chain. O(n²). */
function completeLinkage(distances: Float64Array, n: number): Tree {
  const d = distances.slice();
  const trees: (Tree | undefined)[] = Array.from({ length: n }, (_, leaf) => ({ leaf }));
  const alive = new Set<number>(trees.keys());
  const chain: number[] = [];
  while (alive.size > 1) {
    if (chain.length === 0) chain.push(alive.values().next().value as number);
    const top = chain[chain.length - 1];
    const previous = chain[chain.length - 2];
    let nearest = previous;
    let least = previous === undefined ? Infinity : d[top * n + previous];
    for (const other of alive) {
      if (other !== top && (nearest === undefined || d[top * n + other] < least)) {
        least = d[top * n + other];
        nearest = other;
      }
    }
    if (nearest === undefined) break;
    if (nearest !== previous) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    // The pair lives on in `nearest`; its distance to a third is the larger of the two.
    const left = trees[nearest] as Tree;
    const right = trees[top] as Tree;
    trees[nearest] = { left, right, leaves: [...leavesOf(left), ...leavesOf(right)] };
    trees[top] = undefined;
    alive.delete(top);
    for (const other of alive) {
      const larger = Math.max(d[nearest * n + other], d[top * n + other]);
      d[nearest * n + other] = d[other * n + nearest] = larger;
    }
  }
  return trees[alive.values().next().value as number] as Tree;
}

/** Of a subtree's leaves, those that can stand at the other end when `end` stands at one. */
function oppositeEnds(tree: Tree, end: number): number[] {
  if ("leaf" in tree) return [tree.leaf];
  return leavesOf(tree.left).includes(end) ? leavesOf(tree.right) : leavesOf(tree.left);
}

/**
 * Best order of the tree's leaves by dynamic programming over both ends. O(n³) at worst, O(n²) memory.
 *
 * `cost[a, b]` is the least path through the smallest subtree that holds both a and b, from a to b.
 */
function optimalLeafOrder(root: Tree, distances: Float64Array, n: number): number[] {
  const cost = new Float64Array(n * n);

  const solve = (tree: Tree): void => {
    if ("leaf" in tree) return;
    solve(tree.left);
    solve(tree.right);
    const right = leavesOf(tree.right);
    const opposite = new Map(right.map((b) => [b, oppositeEnds(tree.right, b)]));
    const toRight = new Float64Array(n);
    for (const a of leavesOf(tree.left)) {
      const inner = oppositeEnds(tree.left, a);
      for (const k of right) {
        let best = Infinity;
        for (const m of inner) best = Math.min(best, cost[a * n + m] + distances[m * n + k]);
        toRight[k] = best;
      }
      for (const b of right) {
        let best = Infinity;
        for (const k of opposite.get(b) ?? []) best = Math.min(best, toRight[k] + cost[k * n + b]);
        cost[a * n + b] = cost[b * n + a] = best;
      }
    }
  };

  const order = (tree: Tree, first: number, last: number): number[] => {
    if ("leaf" in tree) return [tree.leaf];
    const [near, far] = leavesOf(tree.left).includes(first) ? [tree.left, tree.right] : [tree.right, tree.left];
    let best = Infinity;
    let joint: [number, number] = [first, last];
    for (const m of oppositeEnds(near, first)) {
      for (const k of oppositeEnds(far, last)) {
        const total = cost[first * n + m] + distances[m * n + k] + cost[k * n + last];
        if (total < best) {
          best = total;
          joint = [m, k];
        }
      }
    }
    return [...order(near, first, joint[0]), ...order(far, joint[1], last)];
  };

  if ("leaf" in root) return [root.leaf];
  solve(root);
  let ends: [number, number] = [leavesOf(root.left)[0], leavesOf(root.right)[0]];
  for (const a of leavesOf(root.left)) {
    for (const b of leavesOf(root.right)) if (cost[a * n + b] < cost[ends[0] * n + ends[1]]) ends = [a, b];
  }
  return order(root, ...ends);
}

/** The tree's leaves, each subtree turned so that it meets its neighbour closely: a cheap stand-in for the best order. O(n²). */
function greedyLeafOrder(tree: Tree, distances: Float64Array, n: number): number[] {
  if ("leaf" in tree) return [tree.leaf];
  const left = greedyLeafOrder(tree.left, distances, n);
  const right = greedyLeafOrder(tree.right, distances, n);
  const leftEnds = [left[left.length - 1], left[0]];
  const rightEnds = [right[0], right[right.length - 1]];
  let turn = [0, 0];
  let best = Infinity;
  for (const i of [0, 1]) {
    for (const j of [0, 1]) {
      const distance = distances[leftEnds[i] * n + rightEnds[j]];
      if (distance < best) {
        best = distance;
        turn = [i, j];
      }
    }
  }
  return [...(turn[0] ? left.reverse() : left), ...(turn[1] ? right.reverse() : right)];
}

/** Up to this many samples the leaf order is the best one. */
export const EXACT_LIMIT = 400;
/** Up to this many there is a tree at all. */
export const TREE_LIMIT = 2000;

export type SimilarityMethod = "optimal" | "tree" | "principal";

/** How many numbers the distances may cost, and the columns that are kept when they would cost more. */
const DISTANCE_BUDGET = 1.5e8;

/**
 * Rows of `points` [rows, columns] (finite) in an order in which neighbours are alike.
 *
 * `method` says how: the optimal leaf order up to 400 rows, a clustering tree up to 2,000, and beyond that the position
 * along the first principal component.
 */
export function similarityOrder(
  points: Float32Array | Float64Array,
  rows: number,
  columns: number,
): { order: number[]; method: SimilarityMethod } {
  if (rows > TREE_LIMIT) return { order: principalOrder(points, rows, columns), method: "principal" };
  if (rows < 3) return { order: Array.from({ length: rows }, (_, i) => i), method: "optimal" };
  const kept = Math.max(1, Math.floor(DISTANCE_BUDGET / (rows * rows)));
  const reduced = kept < columns ? mostVaried(points, rows, columns, kept) : points;
  const distances = squaredDistances(reduced, rows, Math.min(kept, columns));
  const tree = completeLinkage(distances, rows);
  return rows <= EXACT_LIMIT
    ? { order: optimalLeafOrder(tree, distances, rows), method: "optimal" }
    : { order: greedyLeafOrder(tree, distances, rows), method: "tree" };
}

function columnMoments(
  points: Float32Array | Float64Array,
  rows: number,
  columns: number,
): { mean: Float64Array; variance: Float64Array } {
  const mean = new Float64Array(columns);
  const variance = new Float64Array(columns);
  for (let r = 0; r < rows; r++) for (let i = 0; i < columns; i++) mean[i] += points[r * columns + i] / rows;
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < columns; i++) variance[i] += (points[r * columns + i] - mean[i]) ** 2 / rows;
  }
  return { mean, variance };
}

/** The `kept` columns of largest variance. */
function mostVaried(points: Float32Array | Float64Array, rows: number, columns: number, kept: number): Float64Array {
  const { variance } = columnMoments(points, rows, columns);
  const chosen = Array.from(variance.keys())
    .sort((a, b) => variance[b] - variance[a])
    .slice(0, kept);
  const reduced = new Float64Array(rows * kept);
  for (let r = 0; r < rows; r++) chosen.forEach((i, c) => (reduced[r * kept + c] = points[r * columns + i]));
  return reduced;
}

/** Rows by their coordinate along the first principal component, found by power iteration on at most 2,000 of them. */
function principalOrder(points: Float32Array | Float64Array, rows: number, columns: number): number[] {
  const stride = Math.max(1, Math.floor(rows / TREE_LIMIT));
  const { mean, variance } = columnMoments(points, rows, columns);
  let axis = Float64Array.from(variance, Math.sqrt);
  const project = (r: number): number => {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += (points[r * columns + i] - mean[i]) * axis[i];
    return sum;
  };
  for (let iteration = 0; iteration < 12; iteration++) {
    const next = new Float64Array(columns);
    for (let r = 0; r < rows; r += stride) {
      const along = project(r);
      for (let i = 0; i < columns; i++) next[i] += along * (points[r * columns + i] - mean[i]);
    }
    const length = Math.hypot(...next);
    if (length === 0) break;
    axis = next.map((x) => x / length);
  }
  const position = Float64Array.from({ length: rows }, (_, r) => project(r));
  return Array.from(position.keys()).sort((a, b) => position[b] - position[a]);
}
