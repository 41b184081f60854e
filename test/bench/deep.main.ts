/**
 * Our DeepExplainer, warm: seconds of 10 samples x 100 references x 10 outputs for each line on stdin. See deep.py.
 *
 * usage: deep.main.js MODEL FOLDER BACKEND
 */
import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { NdArray } from "../../src/protocol/ndArray";
import { type BackendName, openBackend } from "../../src/runner/backends";
import { DeepExplainer } from "../../src/shap";

const [name, folder, backend] = process.argv.slice(2);
const { layers } = tf;

const MODELS: Record<string, () => tf.Sequential> = {
  mlp: () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 128, activation: "relu", inputShape: [784] }),
        layers.dense({ units: 10, activation: "softmax" }),
      ],
    }),
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
};

function read(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path.join(folder, file))).buffer);
}

function rows(file: string, count: number, shape: number[]): NdArray {
  return { data: read(file).slice(0, count * tf.util.sizeFromShape(shape)), shape: [count, ...shape] };
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

async function main(): Promise<void> {
  await openBackend(backend as BackendName);
  const model = MODELS[name]();
  let from = 0;
  const weights = read(`${name}.weights.bin`);
  model.setWeights(model.getWeights().map(({ shape, size }) => tf.tensor(weights.slice(from, (from += size)), shape)));
  const shape = model.inputs[0].shape.slice(1) as number[];
  const explainer = new DeepExplainer(model, rows("trainX.bin", 100, shape));
  const samples = rows("testX.bin", 10, shape);
  const { values } = await explainer.shapValues(samples);
  const expected = read(`${name}.values.bin`);
  // Not by the largest difference: where a pooled input hardly differs from its reference, shap's rule divides by that
  // difference, and both sides' rounding shows in a few values.
  const error = rootMeanSquare(values.map((value, i) => value - expected[i])) / rootMeanSquare(expected);
  if (values.length !== expected.length || !(error < 1e-2))
    throw new Error(`The values differ by ${error} of their size`);
  process.stdout.write(`${JSON.stringify({ error })}\n`);
  for await (const _ of createInterface({ input: process.stdin })) {
    const begun = performance.now();
    await explainer.shapValues(samples);
    process.stdout.write(`${(performance.now() - begun) / 1000}\n`);
  }
}

void main();
