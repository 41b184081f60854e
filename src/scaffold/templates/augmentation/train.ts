// Few examples and augmentation: a convolutional network on 500 digits, turned, moved and scaled anew in every epoch.
// Train it with "TrainLens: Train", or: trainlens train train.ts
// Then it trains once more without, and reports both; not with: --set compare=false
import * as tf from "@tensorflow/tfjs";
import {
  type Augmentation,
  type TrainingData,
  compose,
  digits,
  randomRotation,
  randomTranslation,
  randomZoom,
} from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set rotation=0.1
export const hyperparameters = {
  epochs: 40,
  batchSize: 32,
  learningRate: 0.001,
  examples: 500,
  augment: true,
  compare: true,
  rotation: 0.04,
  translation: 0.08,
  zoom: 0.1,
};

// What to train once more with at the end, to see what augmentation is worth.
export const compare = { augment: false };

// Real images of shape [28, 28, 1], 0 (paper) to 1 (ink), with one-hot labels. Nothing is downloaded.
export function data(): TrainingData {
  return digits({ flat: false, examples: hyperparameters.examples });
}

// What is done to training batches; validation and test images stay as they are. Flips are left out: a mirrored 2 is no 2.
export function augment(): Augmentation | undefined {
  const { rotation, translation, zoom } = hyperparameters;
  if (!hyperparameters.augment) return undefined;
  const paper = { fillMode: "constant", fillValue: 0 } as const;
  return compose(
    randomRotation(rotation, paper),
    randomTranslation(translation, translation, paper),
    randomZoom(zoom, undefined, paper),
  );
}

// The model, compiled. TrainLens runs the loop: shuffling, validation, checkpoints, stop and resume.
export function createModel(): tf.LayersModel {
  const model = tf.sequential({
    name: "augmentation",
    layers: [
      tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
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
