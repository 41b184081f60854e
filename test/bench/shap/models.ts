/** The models of the explainers' bench, as explainers.py has them. */
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../../../src/protocol/ndArray";

const { layers } = tf;

const perceptron = (inputs: number, hidden: number, outputs: number) => () =>
  tf.sequential({
    layers: [
      layers.dense({ units: hidden, activation: "relu", inputShape: [inputs] }),
      layers.dense({ units: outputs, activation: "softmax" }),
    ],
  });

export const MODELS = {
  mlp: perceptron(784, 128, 10),
  cnn: () =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 10, activation: "softmax" }),
      ],
    }),
  table30: perceptron(30, 64, 2),
  table10: perceptron(10, 64, 2),
};
export type ModelName = keyof typeof MODELS;

/** `count` rows; from the beginning again where there are fewer. */
export function firstRows(all: Float32Array, count: number, shape: readonly number[]): NdArray {
  const data = new Float32Array(count * tf.util.sizeFromShape([...shape]));
  for (let at = 0; at < data.length; at += all.length) data.set(all.subarray(0, data.length - at), at);
  return { data, shape: [count, ...shape] };
}
