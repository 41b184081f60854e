// Handwritten digits: a convolutional network, two convolutions with pooling and a classifier.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { digits, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set filters=32
export const hyperparameters = {
  epochs: 8,
  batchSize: 128,
  learningRate: 0.002,
  filters: 16,
  dropout: 0.25,
};

// Real images of shape [28, 28, 1], 0 (paper) to 1 (ink), with one-hot labels. Nothing is downloaded.
export function data(): TrainingData {
  return digits({ flat: false });
}

// The model, compiled. TrainLens runs the loop: shuffling, validation, checkpoints, stop and resume.
export function createModel(): tf.LayersModel {
  const { filters, dropout, learningRate } = hyperparameters;
  const model = tf.sequential({
    name: "cnn",
    layers: [
      tf.layers.conv2d({ filters, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 2 * filters, kernelSize: 3, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dropout({ rate: dropout }),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(learningRate),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return model;
}
