import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { maskedDense } from "./maskedDense";

/** A model as a function of rows: all that model-agnostic explainers know of it. */
export interface Predictor {
  /** Shape of one row, without the batch axis. */
  featureShape: readonly number[];
  outputs: number;
  /** Estimated bytes that one row takes while the model computes. */
  bytesPerRow: number;
  /** @param rows [n, ...featureShape]. @returns [n, outputs]. */
  predict: (rows: NdArray) => Promise<ArrayLike<number>> | ArrayLike<number>;
  /** A faster way to the answers for coalitions of one sample, where the model and the budget allow it. */
  masked?: (sample: MaskedSample, chunkMB: number) => Promise<MaskedPredictor | undefined>;
}

/** A sample whose features are hidden, and what stands in for them. */
export interface MaskedSample {
  /** [features]. */
  x: Float32Array;
  /** [rows, features]. */
  standIns: Float32Array;
  rows: number;
  /** [features]: the player that each feature belongs to. */
  players: Int32Array;
  playerCount: number;
}

export interface MaskedPredictor {
  /** @param coalitions [n, players], 1 for who takes part. @returns [n, rows, outputs]. */
  predict: (coalitions: Uint8Array) => Promise<ArrayLike<number>>;
  dispose: () => void;
}

/** A layers model with one input and one output; it is called for as many rows as it is given. */
export function modelPredictor(model: LayersModel): Predictor {
  const featureShape = model.inputs[0].shape.slice(1).map(known);
  const outputs = sizeOf(model.outputs[0].shape.slice(1).map(known));
  const activations = model.layers.reduce((sum, layer) => sum + layerSize(layer.outputShape), sizeOf(featureShape));
  return {
    featureShape,
    outputs,
    // The rows themselves in JavaScript, and each activity on the backend.
    bytesPerRow: 4 * (sizeOf(featureShape) + activations),
    async predict({ data, shape }) {
      const answer = tf.tidy(() => model.apply(tf.tensor(data, [...shape]), { training: false }) as tf.Tensor);
      try {
        return await answer.data();
      } finally {
        answer.dispose();
      }
    },
    masked: (sample, chunkMB) => maskedDense(model, sample, chunkMB),
  };
}

function known(size: number | null): number {
  if (size === null) throw new RangeError("The model's input has no fixed shape; give it one to explain it.");
  return size;
}

function layerSize(shape: readonly unknown[]): number {
  if (Array.isArray(shape[0])) return shape.reduce<number>((sum, each) => sum + layerSize(each as unknown[]), 0);
  return shape.slice(1).reduce<number>((size, n) => size * (typeof n === "number" ? n : 1), 1);
}

/** @throws RangeError where rows are no input of the model. */
export function checkRows({ shape, data }: NdArray, featureShape: readonly number[], what: string): void {
  const fits = tf.util.arraysEqual(shape.slice(1), [...featureShape]);
  if (!fits || shape.length === 0 || shape[0] < 1 || data.length !== sizeOf(shape)) {
    const wanted = ["n", ...featureShape].join(", ");
    throw new RangeError(`The ${what} have the shape [${shape.join(", ")}]; the model takes [${wanted}].`);
  }
}

/** [n, outputs] of any number of rows, a chunk at a time. */
export async function predictAll(
  predictor: Predictor,
  { data, shape }: NdArray,
  chunkMB: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const atOnce = rowsAtOnce(predictor, chunkMB);
  const width = sizeOf(predictor.featureShape);
  const answers = new Float32Array(shape[0] * predictor.outputs);
  for (let first = 0; first < shape[0]; first += atOnce) {
    signal?.throwIfAborted();
    const count = Math.min(atOnce, shape[0] - first);
    const rows = data.subarray(first * width, (first + count) * width);
    answers.set(
      await predictor.predict({ data: rows, shape: [count, ...predictor.featureShape] }),
      first * predictor.outputs,
    );
  }
  return answers;
}

/** Rows that fit the budget; one in any case. */
export function rowsAtOnce({ bytesPerRow }: Predictor, chunkMB: number): number {
  return Math.max(1, Math.floor((chunkMB * 2 ** 20) / bytesPerRow));
}
