// A decision tree on a table: 30 measurements of cell nuclei, and whether the tumour is benign or malignant.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import { csv, type TrainingData } from "trainlens/data";
import { decisionTree, type TreeLearner } from "trainlens/models";

// Shown in the Training panel; change one for a single run with: --set maxDepth=2
export const hyperparameters = {
  maxDepth: 4, // splits on the way to a leaf, at most
  minNumSamples: 5, // a node of so few training rows is a leaf
  gainThreshold: 0.01, // what a split must take from the impurity, at least
};

// For a table of your own, change the file and the target. A tree needs no standardised numbers, and its rules are easier
// to read in the table's own.
export function data(): TrainingData {
  return csv("./data/breast-cancer.csv", { target: "diagnosis", standardize: false });
}

// TrainLens grows the tree, draws it in the Training panel, and explains it by TreeExplainer.
export function createModel(): TreeLearner {
  return decisionTree(hyperparameters);
}
