/** VGG16 (Simonyan and Zisserman 2014) without its classifier, with Keras's ImageNet weights. */
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model } from "@tensorflow/tfjs-layers";
import { readFile } from "node:fs/promises";
import { DataError } from "../data/dataError";
import { KerasFileError, readKerasWeights } from "../keras";
import { type RemoteFile, fetchFile } from "./download";
import { downloads } from "./downloadScope";
import { noteFixed, notePretrained } from "./pretrained";

export interface VGG16Options {
  /** [height, width, 3]; height and width are 32 or more. By default [224, 224, 3]. */
  inputShape?: readonly number[];
  /** The mean or the maximum of each channel over the picture, [n, 512]; by default none, [n, height / 32, width / 32, 512]. */
  pooling?: "avg" | "max";
  /**
   * "imagenet", which are downloaded once, 58 MB; "random" for weights to begin with, to compare; "none" for weights of 0, to
   * see shapes and cost. By default "imagenet".
   */
  weights?: "imagenet" | "random" | "none";
}

/** Convolutions a block, and their channels. */
const BLOCKS: readonly { convolutions: number; channels: number }[] = [
  { convolutions: 2, channels: 64 },
  { convolutions: 2, channels: 128 },
  { convolutions: 3, channels: 256 },
  { convolutions: 3, channels: 512 },
  { convolutions: 3, channels: 512 },
];
const LEAST_SIDE = 32;

/** As `keras.applications.vgg16` has it. */
const IMAGENET: RemoteFile = {
  name: "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
  url: "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
  md5: "6d6bbae143d832006294945121d1f1fc",
};

/** Of blue, green and red over ImageNet, as `preprocess_input` subtracts them. */
const MEANS = [103.939, 116.779, 123.68];

/**
 * A frozen base for transfer learning: VGG16 as `keras.applications` builds it without its top, 14.7 million weights. Its
 * layers are named as there. It takes pictures with red, green and blue from 0 to 1; `preprocess_input` is its first layer.
 *
 * The weights are downloaded once for all runs, into `~/.trainlens/models` (`TRAINLENS_MODELS`), and taken from Keras's own
 * `~/.keras/models` where they are there. A download that was cut off is gone on with.
 *
 * @returns a model with `trainable` false: [n, ...inputShape] to [n, 512] with pooling, else
 *   [n, height / 32, width / 32, 512].
 * @throws DataError where the input shape or an option does not fit, or where the weights cannot be had: what to put where by
 *   hand is said then.
 */
export function vgg16(options: VGG16Options = {}): Promise<LayersModel> {
  return vgg16From(IMAGENET, options);
}

/** With weights from elsewhere. */
export async function vgg16From(imagenet: RemoteFile, options: VGG16Options): Promise<LayersModel> {
  const { inputShape = [224, 224, 3], pooling } = options;
  checkOptions(inputShape, options);
  const how = downloads();
  // Where a model is only looked at, nothing is downloaded for it.
  const weights = how.kind === "skip" && options.weights !== "random" ? "none" : (options.weights ?? "imagenet");
  const file = how.kind === "fetch" && weights === "imagenet" ? await fetchFile(imagenet, how) : undefined;
  const base = build(inputShape, pooling, weights !== "random");
  if (file !== undefined) await loadWeights(base, file);
  if (options.weights === undefined || options.weights === "imagenet") notePretrained(base);
  base.trainable = false;
  return base;
}

/** @param empty with weights of 0: drawing 14.7 million takes a while. */
function build(inputShape: readonly number[], pooling: VGG16Options["pooling"], empty: boolean): LayersModel {
  const picture = input({ shape: [...inputShape], name: "picture" });
  const apply = (layer: layers.Layer, to: SymbolicTensor): SymbolicTensor => {
    layer.setFastWeightInitDuringBuild(empty);
    return layer.apply(to) as SymbolicTensor;
  };
  let x = preprocess(picture);
  BLOCKS.forEach(({ convolutions, channels }, i) => {
    const block = `block${i + 1}`;
    for (let j = 1; j <= convolutions; j++) {
      const name = `${block}_conv${j}`;
      x = apply(layers.conv2d({ name, filters: channels, kernelSize: 3, padding: "same", activation: "relu" }), x);
    }
    x = apply(layers.maxPooling2d({ name: `${block}_pool`, poolSize: 2, strides: 2 }), x);
  });
  if (pooling === "avg") x = apply(layers.globalAveragePooling2d({ name: "avg_pool" }), x);
  if (pooling === "max") x = apply(layers.globalMaxPooling2d({ name: "max_pool" }), x);
  return model({ inputs: picture, outputs: x, name: "vgg16" });
}

/** From red, green and blue of 0 to 1 to what the network was trained with: blue, green and red of 0 to 255, less their means. */
function preprocess(picture: SymbolicTensor): SymbolicTensor {
  const layer = layers.conv2d({ name: "preprocess", filters: 3, kernelSize: 1 });
  layer.setFastWeightInitDuringBuild(true);
  const y = layer.apply(picture) as SymbolicTensor;
  tf.tidy(() =>
    layer.setWeights([
      tf.tensor4d([0, 0, 255, 0, 255, 0, 255, 0, 0], [1, 1, 3, 3]),
      tf.tensor1d(MEANS.map((mean) => -mean)),
    ]),
  );
  noteFixed(layer);
  return y;
}

function convolutionsOf(base: LayersModel): layers.Layer[] {
  return base.layers.filter(({ name }) => /^block\d_conv\d$/.test(name));
}

async function loadWeights(base: LayersModel, file: string): Promise<void> {
  const convolutions = convolutionsOf(base);
  const shapes = new Map(
    convolutions.map((layer) => [layer.name, layer.weights.map(({ shape }) => shape.map((n) => n ?? 0))]),
  );
  try {
    const known = await readKerasWeights(await readFile(file), shapes);
    for (const layer of convolutions) {
      const arrays = known.get(layer.name) ?? [];
      tf.tidy(() => layer.setWeights(arrays.map((array, i) => tf.tensor(array, shapes.get(layer.name)?.[i]))));
    }
  } catch (error) {
    if (!(error instanceof KerasFileError)) throw error;
    throw new DataError(`${file} does not hold VGG16's weights: ${error.message}.`, "Remove the file and try again.", {
      cause: error,
    });
  }
}

/** A recipe in JavaScript is checked by nobody else. @throws DataError */
function checkOptions(inputShape: readonly number[], { pooling, weights }: VGG16Options): void {
  const [height, width, channels] = inputShape;
  const fits = (side: number): boolean => Number.isInteger(side) && side >= LEAST_SIDE;
  if (inputShape.length !== 3 || !fits(height) || !fits(width) || channels !== 3) {
    throw new DataError(
      `vgg16 takes colour pictures of at least ${LEAST_SIDE} x ${LEAST_SIDE}, not [${inputShape.join(", ")}].`,
      `Give inputShape: [height, width, 3].`,
    );
  }
  if (![undefined, "avg", "max"].includes(pooling)) {
    throw new DataError(`vgg16 has no pooling "${String(pooling)}".`, 'Give "avg" or "max", or leave it out.');
  }
  if (![undefined, "imagenet", "random", "none"].includes(weights)) {
    throw new DataError(`vgg16 has no weights "${String(weights)}".`, 'Give "imagenet", "random" or "none".');
  }
}
