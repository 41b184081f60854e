// Handwritten digits: a multilayer perceptron, 784 inputs - 128 hidden units - 10 classes.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { digits, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set learningRate=0.01
export const hyperparameters = {
  epochs: 10,
  batchSize: 128,
  learningRate: 0.001,
  hiddenUnits: 128,
};

// Real 28x28 images as rows of 784 numbers, 0 (paper) to 1 (ink), with one-hot labels;
// split into train, validation and test. Bundled with TrainLens: nothing is downloaded.
export function data(): TrainingData {
  return digits();
}

// The model, compiled. TrainLens runs the loop: shuffling, validation, checkpoints, stop and resume.
export function createModel(): tf.LayersModel {
  const model = tf.sequential({
    name: "digits",
    layers: [
      tf.layers.dense({ units: hyperparameters.hiddenUnits, activation: "relu", inputShape: [784] }),
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
