// Transfer learning: VGG16, trained on ImageNet, with a new head that tells six kinds of pictures apart.
// Train it with "TrainLens: Train", or: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { emoji, type Split, type TrainingData } from "trainlens/data";
import { unfreezeTop, vgg16 } from "trainlens/models";

// Shown in the Training panel; change one for a single run with: --set fineTuneEpochs=5
export const hyperparameters = {
  epochs: 15,
  batchSize: 32,
  learningRate: 0.001,
  hiddenUnits: 128,
  dropout: 0.3,
  // Height and width of the pictures; 32 or more. What VGG16 makes of a picture takes twelve times longer at 224 than at 64.
  pictureSide: 224,
  // "imagenet" downloads 58 MB, once for all runs. "random" has the base begin with weights that were never trained: what
  // transfer is worth. "none" has zeros there, to see shapes and cost.
  baseWeights: "imagenet",
  // After the epochs above, the top layers of the base learn too, at a lower rate. 0 leaves it frozen.
  fineTuneEpochs: 0,
  fineTuneLayers: 3,
  fineTuneLearningRate: 0.0001,
};

// 908 pictures of 64 x 64 pixels, red, green and blue from 0 to 1, with one-hot labels; split into train, validation and
// test, and enlarged to the size that VGG16 was trained with. Pictures of your own: imageFolder() of trainlens/data.
export async function data(): Promise<TrainingData> {
  const { train, validation, test, ...facts } = emoji();
  return {
    ...facts,
    train: await enlarged(train),
    validation: await enlarged(validation),
    ...(test ? { test: await enlarged(test) } : {}),
  };
}

async function enlarged({ x, y }: Split): Promise<Split> {
  const side = hyperparameters.pictureSide;
  const [count, height, width, channels] = x.shape;
  const size = height * width * channels;
  const larger = new Float32Array(count * side * side * channels);
  for (let i = 0; i < count; i++) {
    const picture = tf.tidy(() => {
      const small = tf.tensor3d(x.data.slice(i * size, (i + 1) * size), [height, width, channels]);
      return tf.image.resizeBilinear(small, [side, side]);
    });
    larger.set(await picture.data(), i * side * side * channels);
    picture.dispose();
  }
  return { x: { data: larger, shape: [count, side, side, channels] }, y };
}

// A frozen base and a new head. What the base makes of a picture is the same in every epoch: TrainLens computes it once,
// which takes minutes on a processor, and keeps it for the next run.
// The saved model is the whole one, so an explanation is one of pixels.
export async function createModel(): Promise<tf.LayersModel> {
  const { pictureSide, baseWeights } = hyperparameters;
  const weights = baseWeights === "random" || baseWeights === "none" ? baseWeights : "imagenet";
  const base = await vgg16({ inputShape: [pictureSide, pictureSide, 3], pooling: "avg", weights });
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
