import { RandomForestClassifier, RandomForestRegression } from "ml-random-forest";
import seedrandom from "seedrandom";
import { type TreeGrowth, checkGrowth } from "./decisionTree";
import { grownTree } from "./grownTree";
import { type TreeLearner, asTreeLearner } from "./treeLearner";

export interface ForestOptions extends TreeGrowth {
  /** How many trees; 50 by default. */
  nEstimators?: number;
  /** The share of the features that each tree is given, above 0 and at most 1; 0.5 by default. */
  maxFeatures?: number;
}

/**
 * A random forest, grown by ml-random-forest, for `createModel`. Each tree has rows drawn with replacement, as many as there
 * are, and features drawn without. It answers with the mean of the trees: of their classes' shares, as scikit-learn's
 * does, or of their quantities.
 *
 * @throws RangeError for options that are none.
 */
export function randomForest(options: ForestOptions = {}): TreeLearner {
  const { nEstimators = 50, maxFeatures = 0.5, ...growth } = options;
  checkGrowth(growth);
  if (!Number.isInteger(nEstimators) || nEstimators < 1)
    throw new RangeError(`nEstimators is ${nEstimators}; give a whole number from 1 on.`);
  if (!(maxFeatures > 0 && maxFeatures <= 1))
    throw new RangeError(`maxFeatures is ${maxFeatures}; give a share of the features above 0 and at most 1.`);
  return asTreeLearner({
    kind: "random forest",
    count: nEstimators,
    grow: ({ rows, targets, classes }, number, seed) => {
      const draw = seedrandom.alea(`${seed}/tree/${number}`);
      // Drawn here and not by the library, which would not tell which rows: a node's counts are of these.
      const drawn = rows.map(() => Math.floor(draw() * rows.length));
      const table = { rows: drawn.map((row) => rows[row]), targets: drawn.map((row) => targets[row]), classes };
      const forest = new (classes === undefined ? RandomForestRegression : RandomForestClassifier)({
        nEstimators: 1,
        maxFeatures: libraryShare(maxFeatures, rows[0].length),
        replacement: false,
        seed: Math.floor(draw() * 2 ** 31),
        useSampleBagging: false,
        noOOB: true,
        treeOptions: growth,
      });
      forest.train(table.rows, table.targets);
      return grownTree(forest.estimators[0].root, table, forest.indexes[0]);
    },
  });
}

/** The share that the library, which rounds down and may round down to none, takes for a share of these columns. */
function libraryShare(share: number, columns: number): number {
  const chosen = Math.max(1, Math.floor(share * columns));
  return Math.min(1, (chosen + 0.5) / columns);
}
