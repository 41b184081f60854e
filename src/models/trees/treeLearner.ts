import type { TreeNodes } from "../../protocol/treeNodes";

/** Training rows as the tree libraries take them. */
export interface TreeTable {
  /** [rows][features]. */
  rows: number[][];
  /** [rows]: class numbers, or quantities. */
  targets: number[];
  /** How many classes there are; undefined where the targets are quantities. */
  classes: number | undefined;
}

/** What a recipe's `createModel` returns for a model of trees. TrainLens grows the trees. */
export interface TreeLearner {
  readonly kind: "decision tree" | "random forest";
  /** How many trees it grows. */
  readonly count: number;
  /** Grows a tree, which depends on nothing but the table, its number from 0 and the seed. */
  grow(table: TreeTable, number: number, seed: number): TreeNodes;
}

const learners = new WeakSet<object>();

/** Marks what `decisionTree` and `randomForest` make. */
export function asTreeLearner(learner: TreeLearner): TreeLearner {
  learners.add(learner);
  return learner;
}

/** Whether a recipe made it by `decisionTree` or `randomForest`. */
export function isTreeLearner(value: unknown): value is TreeLearner {
  return typeof value === "object" && value !== null && learners.has(value);
}
