// A DCGAN that makes pictures of a digit of which there are few. Its pictures grow in the Training panel, epoch by epoch.
// Train it with "TrainLens: Train", or: trainlens train train.ts
// The run's folder then has samples/epoch-*.png, samples/samples.npz and both networks. "Explain" shows the discriminator:
// which pixels make it take a picture for real.
import * as tf from "@tensorflow/tfjs";
import { digits, type Batch, type Split, type StepResult, type TrainingData } from "trainlens/data";

// Shown in the Training panel; change one for a single run with: --set digit=3
export const hyperparameters = {
  epochs: 30,
  batchSize: 32,
  learningRate: 0.0005,
  digit: 8,
  pictures: 30,
  steps: 60,
  noise: 64,
};

// The few pictures, again and again, so that an epoch has its steps: [n, 28, 28, 1], 0 (paper) to 1 (ink).
export function data(): TrainingData {
  const { digit, pictures, steps, batchSize } = hyperparameters;
  const all = digits({ flat: false });
  return {
    name: `${pictures} pictures of the ${digit}`,
    train: ofDigit(all.train, digit, pictures, steps * batchSize),
    validation: ofDigit(all.validation, digit, 50, 50),
    classNames: ["real"],
    ...(all.featureNames ? { featureNames: all.featureNames } : {}),
  };
}

function ofDigit({ x, y }: Split, digit: number, first: number, count: number): Split {
  const size = x.data.length / x.shape[0];
  const rows = Array.from({ length: x.shape[0] }, (_, row) => row).filter((row) => y.data[row * 10 + digit] === 1);
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const row = rows[i % Math.min(first, rows.length)];
    data.set(x.data.subarray(row * size, (row + 1) * size), i * size);
  }
  return {
    x: { data, shape: [count, ...x.shape.slice(1)] },
    y: { data: new Float32Array(count).fill(1), shape: [count, 1] },
  };
}

// From noise to a picture.
function createGenerator(): tf.LayersModel {
  const { noise } = hyperparameters;
  return tf.sequential({
    name: "generator",
    layers: [
      tf.layers.dense({ units: 7 * 7 * 32, useBias: false, inputShape: [noise] }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.reshape({ targetShape: [7, 7, 32] }),
      tf.layers.conv2dTranspose({ filters: 16, kernelSize: 4, strides: 2, padding: "same", useBias: false }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.conv2dTranspose({
        filters: 1,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        activation: "sigmoid",
      }),
    ],
  });
}

// From a picture to a logit: above 0 for real.
function createDiscriminator(): tf.LayersModel {
  return tf.sequential({
    name: "discriminator",
    layers: [
      tf.layers.conv2d({ filters: 16, kernelSize: 4, strides: 2, padding: "same", inputShape: [28, 28, 1] }),
      tf.layers.leakyReLU({ alpha: 0.2 }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.conv2d({ filters: 32, kernelSize: 4, strides: 2, padding: "same" }),
      tf.layers.leakyReLU({ alpha: 0.2 }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 1 }),
    ],
  });
}

// Both networks in one model: TrainLens keeps their weights and the optimizer's state in its checkpoints.
export function createModel(): tf.LayersModel {
  const noise = tf.input({ shape: [hyperparameters.noise] });
  const made = createGenerator().apply(noise) as tf.SymbolicTensor;
  const model = tf.model({
    name: "gan",
    inputs: noise,
    outputs: createDiscriminator().apply(made) as tf.SymbolicTensor,
  });
  // The losses are trainStep's. One Adam serves both networks: it treats each weight by itself.
  model.compile({ optimizer: tf.train.adam(hyperparameters.learningRate, 0.5), loss: "binaryCrossentropy" });
  return model;
}

// What is saved at the end; the first is what "Explain" explains.
export function networks(model: tf.LayersModel): { discriminator: tf.LayersModel; generator: tf.LayersModel } {
  return {
    discriminator: model.getLayer("discriminator") as tf.LayersModel,
    generator: model.getLayer("generator") as tf.LayersModel,
  };
}

// The gradients of both networks for one batch. TrainLens runs the loop and moves the weights.
export function trainStep(model: tf.LayersModel, { x: pictures }: Batch): StepResult {
  const { generator, discriminator } = networks(model);
  const noise = tf.randomNormal([pictures.shape[0], hyperparameters.noise]);
  const make = (): tf.Tensor => generator.apply(noise, { training: true }) as tf.Tensor;
  const judged = (x: tf.Tensor): tf.Tensor => discriminator.apply(x, { training: true }) as tf.Tensor;

  const made = make();
  // 0.9 in place of 1: a discriminator that is never quite sure leaves the generator a gradient.
  const discriminatorStep = tf.variableGrads(
    () => tf.add<tf.Scalar>(crossEntropy(0.9, judged(pictures)), crossEntropy(0, judged(made))),
    weightsOf(discriminator),
  );
  const generatorStep = tf.variableGrads(() => crossEntropy(1, judged(make())), weightsOf(generator));
  return {
    gradients: { ...discriminatorStep.grads, ...generatorStep.grads },
    metrics: { generator_loss: generatorStep.value, discriminator_loss: discriminatorStep.value },
  };
}

function crossEntropy(label: number, logits: tf.Tensor): tf.Scalar {
  return tf.losses.sigmoidCrossEntropy(tf.fill(logits.shape, label), logits).asScalar();
}

function weightsOf(network: tf.LayersModel): tf.Variable[] {
  return network.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

// Pictures to look at after each epoch, always of the same noise.
export function samples(model: tf.LayersModel): tf.Tensor4D {
  const noise = tf.randomNormal([64, hyperparameters.noise], 0, 1, "float32", 7);
  return networks(model).generator.apply(noise, { training: false }) as tf.Tensor4D;
}

// What is wrong, if anything. The diversity is the pictures' among themselves, compared with the real ones': 1 is as much.
export function judge(metrics: Record<string, number>, epoch: number): string | undefined {
  if (epoch <= hyperparameters.epochs / 2) return undefined;
  if (metrics.diversity < 0.3)
    return "Mode collapse: the pictures look alike. Lower the learning rate, or give more pictures.";
  if (metrics.discriminator_loss < 0.7)
    return "The discriminator wins, and the generator learns little. Lower the learning rate.";
  return undefined;
}
