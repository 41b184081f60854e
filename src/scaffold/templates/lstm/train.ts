// Sequences: an LSTM reads a digit as 28 time steps, a row of 28 pixels each, and says which digit it was.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { digits, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set units=128
export const hyperparameters = {
  epochs: 8,
  batchSize: 64,
  examples: 8000,
  learningRate: 0.002,
  units: 64,
};

// Real images of shape [28, 28, 1], 0 (paper) to 1 (ink), with one-hot labels. Nothing is downloaded.
// For sequences of your own, return x of shape [examples, steps, features] and leave the reshape layer out.
export function data(): TrainingData {
  return digits({ flat: false, examples: hyperparameters.examples });
}

// The model, compiled. TrainLens runs the loop: shuffling, validation, checkpoints, stop and resume.
export function createModel(): tf.LayersModel {
  const model = tf.sequential({
    name: "lstm",
    layers: [
      tf.layers.reshape({ targetShape: [28, 28], inputShape: [28, 28, 1] }),
      tf.layers.lstm({ units: hyperparameters.units, recurrentActivation: "sigmoid" }),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(hyperparameters.learningRate),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return model;
}
