// Transfer learning: MobileNetV2, trained on ImageNet, with a new head that tells six kinds of small pictures apart.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { emoji, type TrainingData } from "trainlens/data";
import { mobileNetV2, unfreezeTop } from "trainlens/models";

// Shown in the Training panel; change one for a single run with: --set fineTuneEpochs=5
export const hyperparameters = {
  epochs: 15,
  batchSize: 32,
  learningRate: 0.001,
  hiddenUnits: 128,
  dropout: 0.3,
  // "random" has the base begin with weights that were never trained: what transfer is worth.
  baseWeights: "imagenet",
  // After the epochs above, the top layers of the base learn too, at a lower rate. 0 leaves it frozen.
  fineTuneEpochs: 0,
  fineTuneLayers: 3,
  fineTuneLearningRate: 0.0001,
};

// 908 pictures of 64 x 64 pixels, red, green and blue from 0 to 1, with one-hot labels;
// split into train, validation and test. Bundled with TrainLens: nothing is downloaded.
export function data(): TrainingData {
  return emoji();
}

// A frozen base and a new head. What the base makes of a picture is the same in every epoch: TrainLens computes it once.
// The saved model is the whole one, so an explanation is one of pixels.
export function createModel(): tf.LayersModel {
  const weights = hyperparameters.baseWeights === "random" ? "random" : "imagenet";
  const base = mobileNetV2({ inputShape: [64, 64, 3], pooling: "avg", weights });
  const model = tf.sequential({
    name: "transfer",
    layers: [
      base,
      tf.layers.dense({ units: hyperparameters.hiddenUnits, activation: "relu" }),
      tf.layers.dropout({ rate: hyperparameters.dropout }),
      tf.layers.dense({ units: 6, activation: "softmax" }),
    ],
  });
  compile(model, hyperparameters.learningRate);
  return model;
}

// Called once, after the epochs with a frozen base, where fineTuneEpochs is above 0.
export function fineTune(model: tf.LayersModel): void {
  unfreezeTop(model.layers[0] as tf.LayersModel, hyperparameters.fineTuneLayers);
  compile(model, hyperparameters.fineTuneLearningRate);
}

function compile(model: tf.LayersModel, learningRate: number): void {
  model.compile({
    optimizer: tf.train.adam(learningRate),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
}
