/** Models of one layer or activation each, for the tests of explainers and for the table in src/shap/README.md. */
import * as tf from "@tensorflow/tfjs";
import { ResetAfterGRU } from "../../src/keras/resetAfterGru";
import { noise } from "./shapModels";

const { layers } = tf;
type Layer = tf.layers.Layer;

/** Gives every weight a value, variances positive ones. */
export function fill(model: tf.LayersModel): tf.LayersModel {
  let seed = 3;
  for (const layer of model.layers) {
    const names = layer.weights.map(({ originalName }) => originalName);
    tf.tidy(() =>
      layer.setWeights(
        layer.getWeights().map((w, i) => {
          const { data } = noise(w.shape, seed++);
          return tf.tensor(
            data.map((value) => (names[i].includes("variance") ? 1 + value / 2 : value / 2)),
            w.shape,
          );
        }),
      ),
    );
  }
  return model;
}

export function sequential(inputShape: number[], make: (Layer | "three logits")[]): tf.LayersModel {
  const model = tf.sequential();
  model.add(layers.inputLayer({ inputShape }));
  for (const layer of make) {
    if (layer !== "three logits") {
      model.add(layer);
      continue;
    }
    if (model.outputs[0].shape.length > 2) model.add(layers.flatten());
    model.add(layers.dense({ units: 3 }));
  }
  return fill(model);
}

export const ACTIVATIONS = [
  ...["linear", "relu", "relu6", "elu", "selu", "sigmoid", "hardSigmoid", "softplus", "softsign", "tanh"],
  ...["swish", "mish", "gelu", "gelu_new", "softmax", "logSoftmax"],
] as const;
const activationOf = (name: string) => ({ activation: name as "relu" });
export function activationModel(name: (typeof ACTIVATIONS)[number]): tf.LayersModel {
  const fused = (units: number) => layers.dense({ units, ...activationOf(name) });
  return sequential([6], [fused(8), layers.dense({ units: 5 }), layers.activation(activationOf(name)), fused(3)]);
}

export function layerModel([inputShape, ...make]: [number[], ...Layer[]]): tf.LayersModel {
  return sequential(inputShape, [...make, "three logits"]);
}

export const conv = (settings = {}) => layers.conv2d({ filters: 3, kernelSize: 3, activation: "tanh", ...settings });

/** The shape of a row, and the layers; three logits follow. */
export const LAYERS: Record<string, () => [number[], ...Layer[]]> = {
  LeakyReLU: () => [[6], layers.dense({ units: 8 }), layers.leakyReLU({ alpha: 0.2 })],
  ReLU: () => [[6], layers.dense({ units: 8 }), layers.reLU({ maxValue: 0.3 })],
  ELU: () => [[6], layers.dense({ units: 8 }), layers.elu()],
  PReLU: () => [[6], layers.dense({ units: 8 }), layers.prelu()],
  ThresholdedReLU: () => [[6], layers.dense({ units: 8 }), layers.thresholdedReLU({ theta: 0.2 })],
  Softmax: () => [[6], layers.dense({ units: 8 }), layers.softmax()],
  "Dense on a sequence": () => [[4, 3], layers.dense({ units: 5, activation: "relu" })],
  "Conv2D, strides and same": () => [[7, 6, 2], conv({ strides: [2, 3], padding: "same" })],
  "Conv2D, strides and valid": () => [[8, 7, 2], conv({ strides: 2 })],
  "Conv2D, dilated": () => [[9, 8, 2], conv({ dilationRate: [2, 3] })],
  "Conv2D, dilated and same": () => [[9, 8, 2], conv({ dilationRate: 2, padding: "same" })],
  "Conv2D, 1 x 1": () => [[4, 4, 3], conv({ kernelSize: 1 })],
  "Conv1D, dilated": () => [[9, 2], layers.conv1d({ filters: 4, kernelSize: 3, dilationRate: 2, activation: "relu" })],
  "Conv1D, strides": () => [[9, 2], layers.conv1d({ filters: 4, kernelSize: 4, strides: 3, padding: "same" })],
  DepthwiseConv2D: () => [[6, 6, 2], layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: "relu" })],
  "MaxPooling2D after convolutions": () => [
    [10, 10, 1],
    conv({ activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2 }),
    conv({ activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2 }),
  ],
  "MaxPooling2D, overlapping and same": () => [
    [7, 7, 2],
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
  ],
  "MaxPooling2D before a strided convolution": () => [
    [9, 9, 1],
    layers.maxPooling2d({ poolSize: 2, strides: 1 }),
    conv({ strides: 2 }),
  ],
  MaxPooling1D: () => [[9, 2], layers.maxPooling1d({ poolSize: 2 })],
  AveragePooling2D: () => [[7, 7, 2], layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" })],
  AveragePooling1D: () => [[9, 2], layers.averagePooling1d({ poolSize: 2 })],
  GlobalMaxPooling1D: () => [[5, 3], layers.globalMaxPooling1d()],
  GlobalMaxPooling2D: () => [[5, 4, 3], conv(), layers.globalMaxPooling2d({})],
  GlobalAveragePooling1D: () => [[5, 3], layers.globalAveragePooling1d()],
  GlobalAveragePooling2D: () => [[5, 4, 3], conv(), layers.globalAveragePooling2d({})],
  BatchNormalization: () => [
    [5, 4, 3],
    conv(),
    layers.batchNormalization(),
    layers.reLU(),
    layers.maxPooling2d({ poolSize: 2 }),
  ],
  "BatchNormalization after MaxPooling2D": () => [
    [6, 6, 3],
    layers.maxPooling2d({ poolSize: 2 }),
    layers.batchNormalization(),
    conv(),
  ],
  "BatchNormalization before MaxPooling2D": () => [
    [6, 6, 3],
    layers.batchNormalization(),
    layers.maxPooling2d({ poolSize: 2 }),
  ],
  "BatchNormalization without scale": () => [[6], layers.batchNormalization({ scale: false, center: false })],
  ZeroPadding2D: () => [
    [4, 4, 2],
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
    conv(),
  ],
  Cropping2D: () => [
    [6, 6, 2],
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  ],
  UpSampling2D: () => [[3, 4, 2], layers.upSampling2d({ size: [2, 3] }), conv()],
  Permute: () => [[3, 4, 2], layers.permute({ dims: [3, 1, 2] }), conv({ kernelSize: 2 })],
  Reshape: () => [[12], layers.reshape({ targetShape: [2, 3, 2] }), conv({ kernelSize: 2 })],
  RepeatVector: () => [[4], layers.repeatVector({ n: 3 }), layers.dense({ units: 4, activation: "relu" })],
  Dropout: () => [
    [8],
    layers.dropout({ rate: 0.5 }),
    layers.gaussianNoise({ stddev: 1 }),
    layers.gaussianDropout({ rate: 0.5 }),
    layers.alphaDropout({ rate: 0.5 }),
    layers.dense({ units: 4, activation: "relu" }),
  ],
  SeparableConv2D: () => [
    [6, 6, 2],
    layers.separableConv2d({ filters: 3, kernelSize: 3, depthMultiplier: 2, activation: "relu" }),
  ],
  Conv2DTranspose: () => [
    [3, 4, 2],
    layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
  ],
  "Conv2DTranspose, valid": () => [
    [3, 4, 2],
    layers.conv2dTranspose({ filters: 2, kernelSize: [2, 3], strides: 2 }),
    layers.reLU(),
  ],
  "DepthwiseConv2D, dilated": () => [
    [7, 7, 2],
    layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, padding: "same", activation: "tanh" }),
  ],
  Conv3D: () => [[4, 4, 5, 2], layers.conv3d({ filters: 3, kernelSize: 2, strides: [1, 2, 1], activation: "relu" })],
  "Conv3D, same": () => [
    [4, 4, 4, 1],
    layers.conv3d({ filters: 2, kernelSize: 3, padding: "same", activation: "tanh" }),
  ],
  Conv3DTranspose: () => [
    [2, 2, 3, 2],
    layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2, activation: "relu" }),
  ],
  MaxPooling3D: () => [[4, 4, 5, 2], layers.maxPooling3d({ poolSize: 2, strides: [2, 1, 2], padding: "same" })],
  AveragePooling3D: () => [
    [4, 4, 5, 2],
    layers.conv3d({ filters: 2, kernelSize: 2, activation: "relu" }),
    layers.averagePooling3d({ poolSize: 2, padding: "same" }),
  ],
  "Conv2D and pooling, channels first": () => [
    [2, 8, 7],
    conv({ dataFormat: "channelsFirst" }),
    layers.maxPooling2d({ poolSize: 2, dataFormat: "channelsFirst" }),
    layers.flatten({ dataFormat: "channelsFirst" }),
    layers.dense({ units: 5, activation: "relu" }),
  ],
  "GlobalAveragePooling2D, channels first": () => [
    [2, 6, 5],
    conv({ dataFormat: "channelsFirst" }),
    layers.globalAveragePooling2d({ dataFormat: "channelsFirst" }),
  ],
  LayerNormalization: () => [[4, 5], layers.layerNormalization(), layers.dense({ units: 4, activation: "relu" })],
  "LayerNormalization, two axes": () => [[4, 3, 2], layers.layerNormalization({ axis: [1, 3], epsilon: 1e-5 })],
  "BatchNormalization, first axis": () => [[3, 4, 2], layers.batchNormalization({ axis: 1 }), conv({ kernelSize: 2 })],
  "Softmax over two axes": () => [[3, 4, 2], layers.softmax({ axis: [1, 2] })],
  Rescaling: () => [[4, 4, 2], layers.rescaling({ scale: 0.3, offset: 1 }), conv({ kernelSize: 2 })],
  "CenterCrop of a small image": () => [[3, 2, 2], layers.centerCrop({ height: 4, width: 5 }), conv({ kernelSize: 2 })],
  CenterCrop: () => [[6, 5, 2], layers.centerCrop({ height: 3, width: 3 }), conv({ kernelSize: 2 })],
  "UpSampling2D, bilinear": () => [[3, 4, 2], layers.upSampling2d({ size: [2, 3], interpolation: "bilinear" }), conv()],
  SimpleRNN: () => [[5, 3], layers.simpleRNN({ units: 4 })],
  LSTM: () => [[5, 3], layers.lstm({ units: 4 })],
  "LSTM, sequences and backwards": () => [
    [5, 3],
    layers.lstm({ units: 4, returnSequences: true, recurrentActivation: "sigmoid" }),
    layers.lstm({ units: 3, goBackwards: true, useBias: false }),
  ],
  GRU: () => [[5, 3], layers.gru({ units: 4 })],
  "GRU, backwards": () => [
    [5, 3],
    layers.gru({ units: 4, goBackwards: true, returnSequences: true, activation: "relu" }),
  ],
  "GRU, reset after": () => [[5, 3], new ResetAfterGRU({ units: 4 })],
  "GRU, reset after, without biases": () => [
    [5, 3],
    new ResetAfterGRU({ units: 4, useBias: false, activation: "relu", returnSequences: true }),
    new ResetAfterGRU({ units: 3, goBackwards: true }),
  ],
  "RNN of stacked cells": () => [
    [4, 3],
    layers.rnn({
      cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 4 }), layers.simpleRNNCell({ units: 2 })],
    }),
  ],
  Bidirectional: () => [[4, 3], layers.bidirectional({ layer: layers.lstm({ units: 3 }), mergeMode: "concat" })],
  "Bidirectional, sequences": () => [
    [4, 3],
    layers.bidirectional({ layer: layers.gru({ units: 3, returnSequences: true }), mergeMode: "mul" }),
    layers.bidirectional({ layer: layers.simpleRNN({ units: 3, returnSequences: true }), mergeMode: "ave" }),
  ],
  TimeDistributed: () => [
    [3, 5, 4, 1],
    layers.timeDistributed({ layer: conv({ kernelSize: 2 }) }),
    layers.timeDistributed({ layer: layers.globalMaxPooling2d({}) }),
    layers.timeDistributed({ layer: layers.dense({ units: 2, activation: "relu" }) }),
  ],
  ConvLSTM2D: () => [
    [3, 5, 4, 2],
    layers.convLstm2d({ filters: 2, kernelSize: 3, padding: "same", returnSequences: true }),
    layers.convLstm2d({ filters: 2, kernelSize: 2 }),
  ],
};

/** Numbers of a row of an input, where they are not any numbers. */
export type Rows = { tokens: number } | { absentSteps: true };

export interface Op {
  model: () => tf.LayersModel;
  /** Of each input. */
  rows?: Rows[];
}

type Symbolic = tf.SymbolicTensor;
const apply = (layer: Layer, ...inputs: Symbolic[]): Symbolic =>
  layer.apply(inputs.length === 1 ? inputs[0] : inputs) as Symbolic;
const dense = (units: number, activation: "relu" | "tanh" | "sigmoid" | "linear" = "linear") =>
  layers.dense({ units, activation });
const logits = (x: Symbolic): Symbolic => apply(dense(3), x.shape.length > 2 ? apply(layers.flatten(), x) : x);

/** A model of one input: its layers from the input on. */
function functional(shape: number[], build: (x: Symbolic) => Symbolic): () => tf.LayersModel {
  return () => {
    const input = tf.input({ shape });
    return fill(tf.model({ inputs: input, outputs: logits(build(input)) }));
  };
}

const tokens = (make: () => Layer[], vocabulary = 7): Op => ({
  model: () => sequential([6], [...make(), "three logits"]),
  rows: [{ tokens: vocabulary }],
});
const merging = (merge: () => Layer) =>
  functional([5], (x) => apply(merge(), apply(dense(4, "tanh"), x), apply(dense(4, "sigmoid"), x), apply(dense(4), x)));

/** Graphs, and models whose inputs are not any numbers. */
export const GRAPHS: Record<string, Op> = {
  Add: { model: merging(() => layers.add()) },
  Average: { model: merging(() => layers.average()) },
  Multiply: { model: merging(() => layers.multiply()) },
  Maximum: { model: merging(() => layers.maximum()) },
  Minimum: { model: merging(() => layers.minimum()) },
  Concatenate: { model: merging(() => layers.concatenate()) },
  "Multiply, repeated": {
    model: functional([4, 5, 3], (x) => {
      const weights = apply(dense(3, "sigmoid"), apply(layers.globalAveragePooling2d({}), x));
      return apply(layers.multiply(), x, apply(layers.reshape({ targetShape: [1, 1, 3] }), weights));
    }),
  },
  "Multiply by itself": { model: functional([5], (x) => apply(layers.multiply(), x, x)) },
  "Dot of vectors": {
    model: functional([5], (x) => apply(layers.dot({ axes: 1 }), apply(dense(4), x), apply(dense(4, "tanh"), x))),
  },
  "Dot, normalized": {
    model: functional([5], (x) =>
      apply(layers.dot({ axes: -1, normalize: true }), apply(dense(4), x), apply(dense(4, "tanh"), x)),
    ),
  },
  "Dot of a matrix and a vector": {
    model: functional([4, 3], (x) =>
      apply(layers.dot({ axes: [1, 1] }), x, apply(dense(4, "tanh"), apply(layers.flatten(), x))),
    ),
  },
  "Attention by Dot": {
    model: functional([4, 5], (x) => {
      const [q, k, v] = [apply(dense(3), x), apply(dense(3), x), apply(dense(2), x)];
      const weights = apply(layers.activation({ activation: "softmax" }), apply(layers.dot({ axes: [2, 2] }), q, k));
      return apply(layers.dot({ axes: [2, 1] }), weights, v);
    }),
  },
  "Gated by a second branch": {
    model: functional([6], (x) => apply(layers.multiply(), apply(dense(4), x), apply(dense(4, "sigmoid"), x))),
  },
  Embedding: tokens(() => [
    layers.embedding({ inputDim: 7, outputDim: 3 }),
    layers.conv1d({ filters: 3, kernelSize: 2, activation: "relu" }),
  ]),
  "Embedding with a mask, LSTM": tokens(
    () => [
      layers.embedding({ inputDim: 4, outputDim: 3, maskZero: true }),
      layers.bidirectional({ layer: layers.lstm({ units: 3, returnSequences: true }), mergeMode: "concat" }),
      layers.gru({ units: 3 }),
    ],
    4,
  ),
  "CategoryEncoding, multi-hot": tokens(() => [
    layers.categoryEncoding({ numTokens: 7, outputMode: "multiHot" }),
    dense(4, "tanh"),
  ]),
  "CategoryEncoding, count": tokens(() => [
    layers.categoryEncoding({ numTokens: 7, outputMode: "count" }),
    dense(4, "tanh"),
  ]),
  Masking: {
    model: () =>
      sequential(
        [5, 3],
        [layers.masking({ maskValue: 0 }), dense(4, "tanh"), layers.lstm({ units: 3 }), "three logits"],
      ),
    rows: [{ absentSteps: true }],
  },
  "LSTM, states passed on": {
    model: functional([4, 3], (x) => {
      const [, h, c] = layers.lstm({ units: 3, returnState: true }).apply(x) as Symbolic[];
      return layers.lstm({ units: 3 }).apply(x, { initialState: [h, c] }) as Symbolic;
    }),
  },
  "LSTM on sequences of any length": {
    model: () => {
      const input = tf.input({ shape: [null, 3] });
      return fill(tf.model({ inputs: input, outputs: logits(apply(layers.lstm({ units: 3 }), input)) }));
    },
  },
  "Two inputs": {
    model: () => {
      const [image, words] = [tf.input({ shape: [5, 5, 1] }), tf.input({ shape: [4] })];
      const seen = apply(layers.flatten(), apply(conv(), image));
      const read = apply(layers.lstm({ units: 3 }), apply(layers.embedding({ inputDim: 6, outputDim: 2 }), words));
      const gated = apply(layers.multiply(), apply(dense(4, "relu"), seen), apply(dense(4, "sigmoid"), read));
      return fill(tf.model({ inputs: [image, words], outputs: apply(layers.softmax({ axis: 1 }), logits(gated)) }));
    },
    rows: [{ tokens: 2 }, { tokens: 6 }],
  },
};
