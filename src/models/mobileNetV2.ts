/** MobileNetV2 (Sandler et al. 2018) to the end of its block 10, with weights that lie in this installation. */
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model } from "@tensorflow/tfjs-layers";
import { assetPath } from "../data/assets";
import { DataError } from "../data/dataError";
import { readPackedWeights } from "./packedWeights";
import { notePretrained } from "./pretrained";

export interface MobileNetV2Options {
  /** [height, width, 3]; height and width are 32 or more. By default [64, 64, 3]. */
  inputShape?: readonly number[];
  /** The mean or the maximum of each channel over the picture, [n, 96]; by default none, [n, height / 16, width / 16, 96]. */
  pooling?: "avg" | "max";
  /** "imagenet", or "random" for weights to begin with, to compare. By default "imagenet". */
  weights?: "imagenet" | "random";
}

type Block = { channels: number; stride: 1 | 2 };

/** Of blocks 1 to 10, in order: channels of the output, stride of the depthwise convolution. */
const BLOCKS: readonly Block[] = [
  { channels: 24, stride: 2 },
  { channels: 24, stride: 1 },
  { channels: 32, stride: 2 },
  { channels: 32, stride: 1 },
  { channels: 32, stride: 1 },
  { channels: 64, stride: 2 },
  { channels: 64, stride: 1 },
  { channels: 64, stride: 1 },
  { channels: 64, stride: 1 },
  { channels: 96, stride: 1 },
];
const EXPANSION = 6;
const LEAST_SIDE = 32;

/**
 * A frozen base for transfer learning: MobileNetV2 as `keras.applications` builds it, to the end of block 10, 0.3 million
 * weights. Its layers are named as there. It takes pictures with red, green and blue from 0 to 1. Nothing is downloaded.
 *
 * The weights come with nsfwjs 4.4: a network trained on ImageNet, then further on other pictures with the layers to block
 * 10 frozen; 8 bits each, as published.
 *
 * @returns a model with `trainable` false: [n, ...inputShape] to [n, 96] with pooling, else
 *   [n, height / 16, width / 16, 96].
 * @throws DataError where the input shape or an option does not fit.
 */
export function mobileNetV2(options: MobileNetV2Options = {}): LayersModel {
  const { inputShape = [64, 64, 3], pooling, weights = "imagenet" } = options;
  checkOptions(inputShape, options);
  const picture = input({ shape: [...inputShape], name: "picture" });
  let x = convolution(picture, "Conv1", "bn_Conv1", { filters: 32, kernelSize: 3, strides: 2 });
  x = relu6(x, "Conv1_relu");
  x = project(depthwise(x, "expanded_conv", 1), "expanded_conv", 16);
  BLOCKS.forEach((block, i) => (x = invertedResidual(x, `block_${i + 1}`, block)));
  if (pooling === "avg") x = layers.globalAveragePooling2d({ name: "avg_pool" }).apply(x) as SymbolicTensor;
  if (pooling === "max") x = layers.globalMaxPooling2d({ name: "max_pool" }).apply(x) as SymbolicTensor;
  const base = model({ inputs: picture, outputs: x, name: "mobilenetv2" });
  if (weights === "imagenet") {
    assignWeights(base);
    notePretrained(base);
  }
  base.trainable = false;
  return base;
}

/** Expanded, convolved channel by channel, projected to few channels, and added to the input where the shapes are equal. */
function invertedResidual(x: SymbolicTensor, name: string, { channels, stride }: Block): SymbolicTensor {
  const before = x.shape.at(-1) ?? 0;
  let y = convolution(x, `${name}_expand`, `${name}_expand_BN`, { filters: EXPANSION * before, kernelSize: 1 });
  y = relu6(y, `${name}_expand_relu`);
  y = project(depthwise(y, name, stride), name, channels);
  return stride === 1 && before === channels
    ? (layers.add({ name: `${name}_add` }).apply([x, y]) as SymbolicTensor)
    : y;
}

function convolution(
  x: SymbolicTensor,
  name: string,
  normalized: string,
  shape: { filters: number; kernelSize: number; strides?: number },
): SymbolicTensor {
  const y = layers.conv2d({ ...shape, padding: "same", useBias: false, name }).apply(x) as SymbolicTensor;
  return normalize(y, normalized);
}

/** Padding "same" is what Keras pads by hand: below and right of an even side, all around an odd one. */
function depthwise(x: SymbolicTensor, block: string, strides: 1 | 2): SymbolicTensor {
  const config = { kernelSize: 3, strides, padding: "same", useBias: false, name: `${block}_depthwise` } as const;
  const y = normalize(layers.depthwiseConv2d(config).apply(x) as SymbolicTensor, `${block}_depthwise_BN`);
  return relu6(y, `${block}_depthwise_relu`);
}

/** A linear bottleneck: no activation. */
function project(x: SymbolicTensor, block: string, filters: number): SymbolicTensor {
  return convolution(x, `${block}_project`, `${block}_project_BN`, { filters, kernelSize: 1 });
}

function normalize(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.batchNormalization({ momentum: 0.999, epsilon: 1e-3, name }).apply(x) as SymbolicTensor;
}

function relu6(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: "relu6", name }).apply(x) as SymbolicTensor;
}

/** By name. The build is checked by a test; an installation that lacks an array is damaged. */
function assignWeights(base: LayersModel): void {
  const folder = assetPath("models/mobileNetV2");
  const known = readPackedWeights(folder);
  for (const layer of base.layers) {
    for (const weight of layer.weights) {
      const array = known.get(weight.originalName);
      if (!array) throw new Error(`${folder} has no ${weight.originalName}: install TrainLens again.`);
      tf.tidy(() => void weight.write(tf.tensor(array.data, [...array.shape])));
    }
  }
}

/** A recipe in JavaScript is checked by nobody else. @throws DataError */
function checkOptions(inputShape: readonly number[], { pooling, weights }: MobileNetV2Options): void {
  const [height, width, channels] = inputShape;
  const fits = (side: number): boolean => Number.isInteger(side) && side >= LEAST_SIDE;
  if (inputShape.length !== 3 || !fits(height) || !fits(width) || channels !== 3) {
    throw new DataError(
      `mobileNetV2 takes colour pictures of at least ${LEAST_SIDE} x ${LEAST_SIDE}, not [${inputShape.join(", ")}].`,
      `Give inputShape: [height, width, 3].`,
    );
  }
  if (![undefined, "avg", "max"].includes(pooling)) {
    throw new DataError(`mobileNetV2 has no pooling "${String(pooling)}".`, 'Give "avg" or "max", or leave it out.');
  }
  if (![undefined, "imagenet", "random"].includes(weights)) {
    throw new DataError(`mobileNetV2 has no weights "${String(weights)}".`, 'Give "imagenet" or "random".');
  }
}
