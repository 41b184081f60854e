/**
 * What an explanation takes of memory, as a process of its own: JSON on stdout, `Taken`.
 *
 * usage: shapMemory.main.js MODEL SAMPLES REFERENCES CHUNK_MB    MODEL is mlp, cnn, average, depthwise or lstm
 */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs";
import process from "node:process";
import { digits } from "../../src/data";
import type { NdArray } from "../../src/protocol/ndArray";
import { openBackend } from "../../src/runner/backends";
import { SeededRandom } from "../../src/runner/random";
import { DeepExplainer } from "../../src/shap";

const { layers } = tf;
const conv = (filters: number, settings = {}) =>
  layers.conv2d({ filters, kernelSize: 3, activation: "relu", ...settings });
const last = () => layers.dense({ units: 10, activation: "softmax" });

const MODELS: Record<string, () => tf.Sequential> = {
  mlp: () => tf.sequential({ layers: [layers.dense({ units: 128, activation: "relu", inputShape: [784] }), last()] }),
  cnn: () =>
    tf.sequential({
      layers: [
        conv(16, { inputShape: [28, 28, 1] }),
        layers.maxPooling2d({ poolSize: 2 }),
        conv(32),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        last(),
      ],
    }),
  average: () =>
    tf.sequential({
      layers: [
        conv(16, { inputShape: [28, 28, 1] }),
        layers.averagePooling2d({ poolSize: 2 }),
        conv(32),
        layers.globalAveragePooling2d({}),
        last(),
      ],
    }),
  depthwise: () =>
    tf.sequential({
      layers: [
        conv(16, { inputShape: [28, 28, 1], padding: "same" }),
        layers.batchNormalization(),
        layers.depthwiseConv2d({ kernelSize: 3, padding: "same", activation: "relu" }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.upSampling2d({ size: [2, 2] }),
        conv(32, { strides: 2 }),
        layers.flatten(),
        last(),
      ],
    }),
  lstm: () =>
    tf.sequential({
      layers: [
        layers.reshape({ targetShape: [28, 28], inputShape: [28, 28, 1] }),
        layers.bidirectional({ layer: layers.lstm({ units: 16 }), mergeMode: "concat" }),
        last(),
      ],
    }),
};

const [name, samples, references, chunkMB] = process.argv.slice(2);

const FEW_REFERENCES = 10;

function rows(all: NdArray, count: number, shape: number[]): NdArray {
  return { data: all.data.slice(0, count * tf.util.sizeFromShape(shape)), shape: [count, ...shape] };
}

/** Memory in MiB that came to what the process had after explaining by a few references. */
export interface Taken {
  /** Of the whole process, at its peak. */
  peakMB: number;
  /** Of the wasm backend's memory, which never shrinks. */
  heapMB: number;
  additivityError: number;
}

// tfjs's own types leave out what Emscripten adds to the module.
const heapMB = () => ((tf.backend() as BackendWasm).wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.length / 2 ** 20;
const peakMB = () => process.resourceUsage().maxRSS / 1024;

async function main(): Promise<void> {
  await openBackend("wasm");
  // The same weights each time.
  const random = new SeededRandom(1);
  const model = MODELS[name]();
  const shape = model.inputs[0].shape.slice(1) as number[];
  const { train, test } = digits();
  if (!test) throw new Error("the digits have no test split");
  const [background, x] = [rows(train.x, Number(references), shape), rows(test.x, Number(samples), shape)];
  // Once for a few references: what is compiled and kept then is not the background's.
  const few = new DeepExplainer(model, rows(train.x, FEW_REFERENCES, shape));
  await few.shapValues(x, { chunkMB: Number(chunkMB) });
  few.dispose();
  const before = { peak: peakMB(), heap: heapMB() };
  const explainer = new DeepExplainer(model, background);
  const { additivityError } = await explainer.shapValues(x, { chunkMB: Number(chunkMB) });
  const taken: Taken = { peakMB: peakMB() - before.peak, heapMB: heapMB() - before.heap, additivityError };
  explainer.dispose();
  random.dispose();
  process.stdout.write(`${JSON.stringify(taken)}\n`);
}

void main();
