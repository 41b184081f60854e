// A table with a class to predict: 30 measurements of cell nuclei, and whether the tumour is benign or malignant.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { csv, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set learningRate=0.01
export const hyperparameters = {
  epochs: 30,
  batchSize: 32,
  learningRate: 0.003,
  hiddenUnits: 16,
};

// For a table of your own, change the file and the target. Types are found; numbers are standardised and categories
// become columns, by the training rows alone. With gaps, write missing: "fill".
export function data(): TrainingData {
  return csv("./data/breast-cancer.csv", { target: "diagnosis" });
}

// The model, compiled: as many inputs as the table has features, as many outputs as there are classes.
export function createModel({ train }: TrainingData): tf.LayersModel {
  const model = tf.sequential({
    name: "tabular-classifier",
    layers: [
      tf.layers.dense({ units: hyperparameters.hiddenUnits, activation: "relu", inputShape: [train.x.shape[1]] }),
      tf.layers.dense({ units: train.y.shape[1], activation: "softmax" }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(hyperparameters.learningRate),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return model;
}
