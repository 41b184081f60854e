/** Explains a model against what it computes itself. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { NdArray } from "../../src/protocol/ndArray";
import { DeepExplainer, type ShapValues } from "../../src/shap";
import { noise } from "./shapModels";
import type { Rows } from "./shapOps";

/** Rows for each input of a model; an axis that it leaves open gets 5. */
export function rowsFor(model: tf.LayersModel, count: number, seed: number, rows: Rows[] = []): NdArray[] {
  return model.inputs.map(({ shape }, input) => {
    const features = shape.slice(1).map((length) => length ?? 5);
    const array = noise([count, ...features], seed + input);
    const kind = rows.at(input);
    if (kind && "tokens" in kind) {
      const { data } = array;
      data.forEach((value, i) => (data[i] = Math.floor(((value + 1) / 2) * kind.tokens)));
    } else if (kind) {
      const width = features[features.length - 1];
      for (let step = seed; step * width < array.data.length; step += 3)
        array.data.fill(0, step * width, (step + 1) * width);
    }
    return array;
  });
}

/** @returns of each input. */
export async function explain(model: tf.LayersModel, rows?: Rows[]): Promise<ShapValues[]> {
  const [x, background] = [rowsFor(model, 3, 1, rows), rowsFor(model, 5, 2, rows)];
  const before = tf.memory().numTensors;
  const explainer = new DeepExplainer(model, background);
  const results = await explainer.shapValues(x);
  const between = tf.memory().numTensors;
  await explainer.shapValues(x);
  assert.equal(tf.memory().numTensors, between, "a call leaves no tensor behind");
  explainer.dispose();
  assert.equal(tf.memory().numTensors, before, "the explainer leaves no tensor behind");
  const direct = tf.tidy(() => {
    const tensors = x.map(({ data, shape }) => tf.tensor(data, [...shape]));
    return (model.predict(tensors) as tf.Tensor).dataSync();
  });
  results[0].predictions.forEach((value, i) =>
    assert.ok(Math.abs(value - direct[i]) < 1e-4, "the forward pass is the model's own"),
  );
  return results;
}

export async function assertAdditive(model: tf.LayersModel, rows?: Rows[], bound = 1e-4): Promise<void> {
  const results = await explain(model, rows);
  const [{ predictions, expectedValue, additivityError, outputs }] = results;
  assert.ok(
    results.every(({ values }) => values.some((value) => Math.abs(value) > 1e-4)),
    "something must be attributed to each input",
  );
  // Computed here once more, so that the reported error is itself tested.
  let worst = 0;
  for (let row = 0; row < predictions.length; row++) {
    let sum = expectedValue[row % outputs] - predictions[row];
    for (const { values, featureShape } of results) {
      const size = tf.util.sizeFromShape([...featureShape]);
      for (let i = 0; i < size; i++) sum += values[(Math.floor(row / outputs) * size + i) * outputs + (row % outputs)];
    }
    worst = Math.max(worst, Math.abs(sum));
  }
  assert.ok(Math.abs(worst - additivityError) < 1e-9, `reported ${additivityError}, is ${worst}`);
  assert.ok(additivityError <= bound, `additivity error ${additivityError}`);
  model.dispose();
}
