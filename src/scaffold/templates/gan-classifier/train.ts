// Are a GAN's pictures worth anything? A classifier of digits, one of which is rare, with the pictures that the GAN has made of
// it, and, to compare, without. Train the template "gan" first; then this: trainlens train train.ts
import * as tf from "@tensorflow/tfjs";
import { digits, runSamples, type NdArray, type Split, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set made=100
export const hyperparameters = {
  epochs: 5,
  batchSize: 128,
  learningRate: 0.002,
  examples: 4000,
  // A run of the GAN; none for the newest of the recipe "gan" in .trainlens/runs.
  run: "",
  // Pictures to add: those of the run, again and again.
  made: 400,
  compare: true,
};

// What to train once more with at the end, to see what the pictures are worth; not with: --set compare=false
export const compare = { made: 0 };

// The digits with as few of the rare one as the GAN was given, and its pictures of that one: [n, 28, 28, 1], 0 to 1.
export function data(): TrainingData {
  const { run, made, examples } = hyperparameters;
  const { x: pictures, hyperparameters: gan } = runSamples({ recipe: "gan", run });
  const all = digits({ flat: false, examples });
  const rare = withFew(all.train, Number(gan.digit), Number(gan.pictures));
  return {
    ...all,
    name: `digits, ${Number(gan.pictures)} pictures of the ${Number(gan.digit)} and ${made} made ones`,
    train: withPictures(rare, pictures, Number(gan.digit), made),
  };
}

// All rows of the other digits, and the first few of this one.
function withFew({ x, y }: Split, digit: number, few: number): Split {
  const size = x.data.length / x.shape[0];
  let left = few;
  const rows = Array.from({ length: x.shape[0] }, (_, row) => row).filter(
    (row) => y.data[row * 10 + digit] === 0 || left-- > 0,
  );
  const kept = { x: new Float32Array(rows.length * size), y: new Float32Array(rows.length * 10) };
  rows.forEach((row, i) => {
    kept.x.set(x.data.subarray(row * size, (row + 1) * size), i * size);
    kept.y.set(y.data.subarray(row * 10, (row + 1) * 10), i * 10);
  });
  return {
    x: { data: kept.x, shape: [rows.length, ...x.shape.slice(1)] },
    y: { data: kept.y, shape: [rows.length, 10] },
  };
}

// The same with so many pictures of the digit.
function withPictures({ x, y }: Split, pictures: NdArray, digit: number, count: number): Split {
  const size = x.data.length / x.shape[0];
  const rows = x.shape[0] + count;
  const more = { x: new Float32Array(rows * size), y: new Float32Array(rows * 10) };
  more.x.set(x.data);
  more.y.set(y.data);
  for (let i = 0; i < count; i++) {
    const picture = (i % pictures.shape[0]) * size;
    more.x.set(pictures.data.subarray(picture, picture + size), x.data.length + i * size);
    more.y[y.data.length + i * 10 + digit] = 1;
  }
  return { x: { data: more.x, shape: [rows, ...x.shape.slice(1)] }, y: { data: more.y, shape: [rows, 10] } };
}

// The model, compiled. TrainLens runs the loop: shuffling, validation, checkpoints, stop and resume.
export function createModel(): tf.LayersModel {
  const model = tf.sequential({
    name: "gan-classifier",
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
