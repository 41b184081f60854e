// A table with a quantity to predict: ten measurements of a patient, and the progression of diabetes a year later.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { csv, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set learningRate=0.01
export const hyperparameters = {
  epochs: 40,
  batchSize: 32,
  learningRate: 0.01,
  hiddenUnits: 16,
};

// For a table of your own, change the file and the target. Types are found; numbers are standardised and categories
// become columns, by the training rows alone. With gaps, write missing: "fill".
export function data(): TrainingData {
  return csv("./data/diabetes.csv", { target: "progression", task: "regression", categories: ["sex"] });
}

// The model, compiled: one linear output, which starts at the mean of what it shall predict.
export function createModel({ train }: TrainingData): tf.LayersModel {
  const mean = train.y.data.reduce((sum, value) => sum + value, 0) / train.y.data.length;
  const model = tf.sequential({
    name: "tabular-regressor",
    layers: [
      tf.layers.dense({ units: hyperparameters.hiddenUnits, activation: "relu", inputShape: [train.x.shape[1]] }),
      tf.layers.dense({ units: 1, biasInitializer: tf.initializers.constant({ value: mean }) }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(hyperparameters.learningRate),
    loss: "meanSquaredError",
    metrics: ["mae"],
  });
  return model;
}
