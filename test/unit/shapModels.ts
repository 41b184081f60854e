/** Models and reference values for the tests of explainers. */
import * as tf from "@tensorflow/tfjs";
import { unzipSync } from "fflate";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { NdArray } from "../../src/protocol/ndArray";

export interface Fixture {
  model: tf.LayersModel;
  background: NdArray;
  samples: NdArray;
  values: NdArray;
  expected: NdArray;
  predictions: NdArray;
}

const folder = path.resolve("test/fixtures/shap");

/** What make_deep_fixtures.py wrote, as a model on the current backend. */
export async function readFixture(name: string): Promise<Fixture> {
  const files = unzipSync(readFileSync(path.join(folder, `${name}.npz`)));
  const array = (key: string): NdArray => parseArray(files[`${key}.npy`]);
  const topology = JSON.parse(parseText(files["model.npy"])) as {
    config: { layers: { config: { name: string } }[] };
  };
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: topology }));
  let next = 0;
  // In Python's order of the layers, which for functional models is not that of model.layers.
  for (const { config } of topology.config.layers) {
    const layer = model.layers.find(({ name }) => name === config.name);
    if (!layer) continue;
    const weights = layer.getWeights().map(() => array(`w${next++}`));
    tf.tidy(() => layer.setWeights(weights.map(({ data, shape }) => tf.tensor(data, [...shape]))));
  }
  const [background, samples, values, expected, predictions] = [
    "background",
    "samples",
    "values",
    "expected",
    "predictions",
  ].map(array);
  return { model, background, samples, values, expected, predictions };
}

function header(bytes: Uint8Array): { text: string; body: Uint8Array } {
  const end = 10 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  return { text: Buffer.from(bytes.subarray(10, end)).toString("latin1"), body: bytes.slice(end) };
}

function parseArray(bytes: Uint8Array): NdArray {
  const { text, body } = header(bytes);
  const [, shape] = /'<f4'.*'fortran_order': False, 'shape': \(([\d, ]*)\)/.exec(text) ?? [];
  if (shape === undefined) throw new Error(`not float32: ${text}`);
  return {
    data: new Float32Array(body.buffer),
    shape: shape
      .split(",")
      .filter((n) => n.trim())
      .map(Number),
  };
}

function parseText(bytes: Uint8Array): string {
  return Array.from(new Uint32Array(header(bytes).body.buffer), (code) => String.fromCodePoint(code)).join("");
}

/** Numbers in [-1, 1) that are the same every time. */
export function noise(shape: number[], seed: number): NdArray {
  let state = seed * 7919;
  const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
  return { data, shape };
}
