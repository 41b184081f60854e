import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { type Predictor, predictAll } from "../agnostic/predictor";

/** f(x) = coef x + intercept. */
export interface LinearModel {
  featureShape: readonly number[];
  outputs: number;
  /** [features, outputs] */
  coef: Float64Array;
  /** [outputs] */
  intercept: Float64Array;
}

/** A model that is not linear where it must be. The message says by how much. */
export class NotLinearError extends Error {
  override readonly name = "NotLinearError";
}

/**
 * The same model without the softmax or sigmoid of its last layer: its logits. It shares the other layers with the model, so
 * that it lives as long as that.
 *
 * @returns undefined where the last layer has neither.
 */
export function logitsModel(model: layers.LayersModel): layers.LayersModel | undefined {
  const last = model.layers[model.layers.length - 1];
  const config = last.getConfig();
  const activation = last.getClassName() === "Softmax" ? "softmax" : config.activation;
  if (activation !== "softmax" && activation !== "sigmoid") return undefined;
  const input = last.input as layers.SymbolicTensor;
  if (last.getClassName() !== "Dense") return layers.model({ inputs: model.inputs, outputs: input });
  const { units, useBias } = config as { units: number; useBias: boolean };
  const dense = layers.layers.dense({ units, useBias, activation: "linear" });
  const output = dense.apply(input) as layers.SymbolicTensor;
  dense.setWeights(last.getWeights());
  return layers.model({ inputs: model.inputs, outputs: output });
}

/**
 * Reads coefficients and intercept off a model's answers to zero and to each unit vector, and checks them on rows.
 *
 * @param rows [n, ...features]: where the model must be linear.
 * @throws NotLinearError where it is not, by more than 1e-4 of its largest answer.
 */
export async function readLinearModel(predictor: Predictor, rows: NdArray, chunkMB = 256): Promise<LinearModel> {
  const { featureShape, outputs } = predictor;
  const features = sizeOf(featureShape);
  const units = new Float32Array((features + 1) * features);
  for (let i = 0; i < features; i++) units[(i + 1) * features + i] = 1;
  const answers = await predictAll(predictor, { data: units, shape: [features + 1, ...featureShape] }, chunkMB);
  const intercept = Float64Array.from(answers.subarray(0, outputs));
  const coef = Float64Array.from(answers.subarray(outputs), (value, i) => value - intercept[i % outputs]);
  const expected = await predictAll(predictor, rows, chunkMB);
  let [worst, most] = [0, 0];
  for (let n = 0; n < expected.length; n++) {
    const [row, k] = [Math.floor(n / outputs), n % outputs];
    let sum = intercept[k];
    for (let i = 0; i < features; i++) sum += rows.data[row * features + i] * coef[i * outputs + k];
    worst = Math.max(worst, Math.abs(sum - expected[n]));
    most = Math.max(most, Math.abs(expected[n]));
  }
  if (!(worst <= 1e-4 * Math.max(most, tf.backend().epsilon())))
    throw new NotLinearError(`The model is not linear: the best linear answer is off by ${worst.toPrecision(2)}.`);
  return { featureShape, outputs, coef, intercept };
}
