/**
 * Our explainers, warm, on what explainers.py left in the folder. For each line on stdin one of JSON on stdout: for
 * "go CASE" its seconds, for "check CASE" how far its values are from Python's, for "count CASE" its operations in words.
 *
 * usage: explainers.main.js FOLDER BACKEND [PYTHON]    PYTHON: whose TensorFlow the native backend runs on
 */
import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { NdArray } from "../../../src/protocol/ndArray";
import { type BackendName, openBackend } from "../../../src/runner/backends";
import { parseTreeArrays } from "../../../src/runner/explain/trees/treeArrays";
import {
  DeepExplainer,
  ExactExplainer,
  GradientExplainer,
  KernelExplainer,
  PermutationExplainer,
  TreeExplainer,
  independentMasker,
  modelPredictor,
} from "../../../src/shap";
import { MODELS, type ModelName, firstRows } from "./models";
import { operations } from "./operations";

const [folder, backend, python] = process.argv.slice(2);

function read(name: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path.join(folder, `${name}.bin`))).buffer);
}

function trained(name: ModelName): tf.LayersModel {
  const model = MODELS[name]();
  const weights = read(`${name}.weights`);
  let from = 0;
  model.setWeights(model.getWeights().map(({ shape, size }) => tf.tensor(weights.slice(from, (from += size)), shape)));
  return model;
}

/** The first columns of rows of the table. */
function table(from: number, to: number, columns = 30): NdArray {
  const rows = read("table").subarray(from * 30, to * 30);
  return { data: rows.filter((_, i) => i % 30 < columns), shape: [to - from, columns] };
}

type Explain = () => Promise<{ values: Float32Array }>;

function cases(): Record<string, Explain> {
  const made: Record<string, Explain> = {};
  const draws = read("draws");
  const draw = (sample: number, n: number) => {
    const at = 2 * (sample * 200 + n);
    return { reference: draws[at], t: draws[at + 1] };
  };
  for (const name of ["mlp", "cnn"] as const) {
    const model = trained(name);
    const shape = model.inputs[0].shape.slice(1) as number[];
    const [background, samples] = [firstRows(read("trainX"), 100, shape), firstRows(read("testX"), 10, shape)];
    const [deep, gradient] = [new DeepExplainer(model, background), new GradientExplainer(model, background)];
    made[`deep-${name}`] = () => deep.shapValues(samples);
    made[`gradient-${name}`] = () => gradient.shapValues(samples, { draw });
  }
  const [table30, table10] = [trained("table30"), trained("table10")].map(modelPredictor);
  const [references, samples] = [table(0, 100), table(100, 110)];
  const masker = independentMasker(references);
  const few = { masker: independentMasker(table(0, 100, 10)), samples: table(100, 110, 10) };
  const orders = read("orders");
  const kernel = new KernelExplainer(table30, masker);
  made["kernel"] = () => kernel.shapValues(samples, { l1Reg: false });
  const all = new KernelExplainer(table10, few.masker);
  made["kernel-all"] = () => all.shapValues(few.samples, { l1Reg: false });
  const permutation = new PermutationExplainer(table30, masker);
  made["permutation"] = () =>
    permutation.shapValues(samples, {
      permutation: (sample, n) => Array.from(orders.subarray((sample * 10 + n) * 30, (sample * 10 + n + 1) * 30)),
    });
  const exact = new ExactExplainer(table10, few.masker);
  made["exact"] = () => exact.shapValues(few.samples, {});
  const trees = (name: string) => parseTreeArrays(JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8")));
  const boosted = trees("boosted");
  const [paths, forest] = [new TreeExplainer(boosted), new TreeExplainer(trees("forest"))];
  const pairs = new TreeExplainer(boosted, references);
  const rows = table(0, 569);
  made["tree-boosted"] = () => paths.shapValues(rows);
  made["tree-forest"] = () => forest.shapValues(rows);
  made["tree-interventional"] = () => pairs.shapValues(table(0, 100));
  return made;
}

/**
 * Differences over the largest value: the largest, and the root of the mean square. The latter tells more of pooled
 * inputs that hardly differ from their reference: shap's rule divides by that difference, and both sides' rounding shows.
 */
function difference(values: Float32Array, expected: Float32Array): { most: number; rms: number } {
  if (values.length !== expected.length) throw new Error(`${values.length} values, and ${expected.length} of Python's`);
  let [most, squares, largest] = [0, 0, 0];
  values.forEach((value, i) => {
    most = Math.max(most, Math.abs(value - expected[i]));
    squares += (value - expected[i]) ** 2;
    largest = Math.max(largest, Math.abs(expected[i]));
  });
  return { most: most / largest, rms: Math.sqrt(squares / values.length) / largest };
}

async function answer(asked: string, name: string, explain: Explain): Promise<unknown> {
  if (asked === "count") return operations(name, read("trainX").subarray(0, 100 * 784));
  const begun = performance.now();
  const { values } = await explain();
  return asked === "check" ? difference(values, read(`${name}.values`)) : (performance.now() - begun) / 1000;
}

async function main(): Promise<void> {
  await openBackend(backend as BackendName, python ? { libtensorflow: "python", python } : {});
  const explain = cases();
  process.stdout.write(`${JSON.stringify(Object.keys(explain))}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [asked, name] = line.split(" ");
    process.stdout.write(`${JSON.stringify(await answer(asked, name, explain[name]))}\n`);
  }
}

void main();
