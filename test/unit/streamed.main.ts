/**
 * Trains an epoch on an .npy file that is larger than the memory it may take, as a process of its own: JSON on stdout, `Grown`.
 *
 * usage: streamed.main.js X.npy Y.npy
 */
import * as tf from "@tensorflow/tfjs";
import process from "node:process";
import { npy } from "../../src/data";
import { openBackend } from "../../src/runner/backends";
import { describeTrainingData } from "../../src/runner/training/report";
import { train } from "../../src/runner/training/train";

export interface Grown {
  /** Of the process's memory, from before the data was opened to its peak. */
  megabytes: number;
  examples: number;
  steps: number;
}

async function main(x: string, y: string): Promise<void> {
  await openBackend("wasm");
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, activation: "softmax", inputShape: [2048] })] });
  model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const before = process.memoryUsage.rss();
  const data = npy(x, y, { lazy: true });
  await describeTrainingData(data);
  let steps = 0;
  await train(
    { model, data, epochs: 1, batchSize: 256, seed: 1 },
    (event) => event.type === "epoch" && (steps = event.step),
    { stopRequested: () => false, saveCheckpoint: async () => undefined, saveSamples: async () => undefined },
  );
  // KiB on every system that Node knows.
  const peak = process.resourceUsage().maxRSS * 1024;
  const examples = data.train.x.shape[0] + data.validation.x.shape[0] + (data.test?.x.shape[0] ?? 0);
  const grown: Grown = { megabytes: (peak - before) / 2 ** 20, examples, steps };
  process.stdout.write(JSON.stringify(grown));
}

void main(process.argv[2], process.argv[3]);
