/** Where the nodes of a decision tree stand, from left to right, and what leads to them: pure. */
import { type TreeNodes, nodeDepths } from "../../../src/protocol/treeNodes";

/** px */
export interface TreeSizes {
  width: number;
  height: number;
  /** Between a node and its children. */
  across: number;
  /** Between two leaves. */
  between: number;
}

export interface PlacedNode {
  /** Its number in the tree. */
  node: number;
  /** Of its upper left corner, px. */
  x: number;
  y: number;
  /** Splits above it. */
  depth: number;
  /** Its parent's number, and whether it is where the comparison holds; undefined for the root. */
  from?: { parent: number; holds: boolean };
  kind: "split" | "folded" | "leaf";
}

export interface TreeLayout {
  /** In the order of a walk that goes first where the comparison holds: from top to bottom for nodes of one depth. */
  nodes: PlacedNode[];
  /** px */
  width: number;
  height: number;
}

/** Leaves stand below one another, a parent in the middle of its children. What lies below a folded node is left out. */
export function treeLayout(tree: TreeNodes, folded: ReadonlySet<number>, sizes: TreeSizes): TreeLayout {
  const nodes: PlacedNode[] = [];
  let bottom = 0;
  let deepest = 0;
  const place = (node: number, depth: number, from?: PlacedNode["from"]): number => {
    const [left, right] = [tree.children_left[node], tree.children_right[node]];
    const kind = left < 0 ? "leaf" : folded.has(node) ? "folded" : "split";
    deepest = Math.max(deepest, depth);
    const placed: PlacedNode = { node, x: depth * (sizes.width + sizes.across), y: 0, depth, kind };
    if (from) placed.from = from;
    nodes.push(placed);
    if (kind === "split") {
      const above = place(left, depth + 1, { parent: node, holds: true });
      const below = place(right, depth + 1, { parent: node, holds: false });
      placed.y = (above + below) / 2;
    } else {
      placed.y = bottom;
      bottom += sizes.height + sizes.between;
    }
    return placed.y;
  };
  place(0, 0);
  return {
    nodes,
    width: deepest * (sizes.width + sizes.across) + sizes.width,
    height: bottom - sizes.between,
  };
}

/** Trees of more leaves than this begin folded. */
const MANY_LEAVES = 16;
/** Levels of splits that they show. */
const SHOWN_LEVELS = 3;

/** What a big tree folds until somebody unfolds it: the splits below its first levels. */
export function foldedAtFirst(tree: TreeNodes): ReadonlySet<number> {
  const leaves = tree.children_left.filter((left) => left < 0).length;
  return leaves > MANY_LEAVES ? foldedBelow(tree, SHOWN_LEVELS) : new Set();
}

/** The splits that have as many splits above them. */
export function foldedBelow(tree: TreeNodes, levels: number): ReadonlySet<number> {
  const depths = nodeDepths(tree);
  return new Set(depths.flatMap((depth, node) => (depth >= levels && tree.children_left[node] >= 0 ? [node] : [])));
}

/** The nodes from the root to a node, both included. */
export function pathTo(tree: TreeNodes, node: number): number[] {
  const path = [node];
  for (let child = node; child > 0;) {
    const parent = tree.children_left.findIndex(
      (left, at) => left >= 0 && (left === child || tree.children_right[at] === child),
    );
    path.unshift(parent);
    child = parent;
  }
  return path;
}

/** What is true of a feature of all rows that reach a node. */
export interface Condition {
  feature: number;
  above?: number;
  atMost?: number;
}

/** The comparisons on the way to a node, those of one feature taken together, in the order of their first. */
export function conditionsOf(tree: TreeNodes, node: number): Condition[] {
  const found = new Map<number, Condition>();
  const path = pathTo(tree, node);
  path.slice(0, -1).forEach((parent, i) => {
    const feature = tree.feature[parent];
    const threshold = tree.threshold[parent];
    const known = found.get(feature) ?? { feature };
    // Further down a range only gets narrower.
    if (tree.children_left[parent] === path[i + 1]) known.atMost = threshold;
    else known.above = threshold;
    found.set(feature, known);
  });
  return [...found.values()];
}

/** Where a key leads in the tree as it is shown: to another node, or to folding or unfolding this one. */
export function treeKey(
  { nodes }: TreeLayout,
  node: number,
  key: string,
): { focus: number } | { fold: boolean } | undefined {
  const at = nodes.findIndex((placed) => placed.node === node);
  if (at < 0) return undefined;
  const { kind, from } = nodes[at];
  const focus = (index: number): { focus: number } => ({
    focus: nodes[Math.min(nodes.length - 1, Math.max(0, index))].node,
  });
  switch (key) {
    case "ArrowDown":
      return focus(at + 1);
    case "ArrowUp":
      return focus(at - 1);
    case "Home":
      return focus(0);
    case "End":
      return focus(nodes.length - 1);
    case "ArrowRight":
      if (kind === "folded") return { fold: false };
      return kind === "split" ? focus(at + 1) : undefined;
    case "ArrowLeft":
      if (kind === "split") return { fold: true };
      return from ? { focus: from.parent } : undefined;
    case "Enter":
    case " ":
      return kind === "leaf" ? undefined : { fold: kind === "split" };
    default:
      return undefined;
  }
}
