// A random forest on a table with a quantity to predict: how diabetes went on in a year, by ten measurements of a patient.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import { csv, type TrainingData } from "trainlens/data";
import { randomForest, type TreeLearner } from "trainlens/models";

// Shown in the Training panel; change one for a single run with: --set nEstimators=100
export const hyperparameters = {
  nEstimators: 50, // trees
  maxFeatures: 0.5, // the share of the features that each tree is given
  maxDepth: 8, // splits on the way to a leaf, at most
  minNumSamples: 5, // a node of so few training rows is a leaf
};

// For a table of your own, change the file and the target. With a class as its target the same trees vote for classes.
export function data(): TrainingData {
  return csv("./data/diabetes.csv", {
    target: "progression",
    task: "regression",
    categories: ["sex"],
    standardize: false,
  });
}

// TrainLens grows one tree after the other, draws them in the Training panel, and explains them by TreeExplainer.
export function createModel(): TreeLearner {
  return randomForest(hyperparameters);
}
