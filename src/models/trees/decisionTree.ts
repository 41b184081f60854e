import { DecisionTreeClassifier, DecisionTreeRegression } from "ml-cart";
import { grownTree } from "./grownTree";
import { type TreeLearner, asTreeLearner } from "./treeLearner";

/** When a branch ends in a leaf. */
export interface TreeGrowth {
  /** Most splits on the way to a leaf; as many as it takes by default. */
  maxDepth?: number;
  /** A node of so many training rows, or fewer, is a leaf; 3 by default. */
  minNumSamples?: number;
  /** A split of classes that lowers the Gini impurity by no more than this is not made; 0.01 by default. */
  gainThreshold?: number;
}

/**
 * A decision tree (CART: Gini impurity for classes, squared error for quantities), grown by ml-cart, for `createModel`.
 *
 * @throws RangeError for options that are none.
 */
export function decisionTree(growth: TreeGrowth = {}): TreeLearner {
  checkGrowth(growth);
  return asTreeLearner({
    kind: "decision tree",
    count: 1,
    grow: (table) => {
      const tree = new (table.classes === undefined ? DecisionTreeRegression : DecisionTreeClassifier)(growth);
      tree.train(table.rows, table.targets);
      return grownTree(tree.root, table);
    },
  });
}

/** @throws RangeError */
export function checkGrowth({ maxDepth = 1, minNumSamples = 1, gainThreshold = 0 }: TreeGrowth): void {
  if (!(maxDepth >= 1)) throw new RangeError(`maxDepth is ${maxDepth}; give a number from 1 on, or leave it out.`);
  if (!(minNumSamples >= 1)) throw new RangeError(`minNumSamples is ${minNumSamples}; give a number from 1 on.`);
  if (!(gainThreshold >= 0)) throw new RangeError(`gainThreshold is ${gainThreshold}; give a number from 0 on.`);
}
