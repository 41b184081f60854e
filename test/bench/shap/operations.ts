/** Operation counts of the explainers' bench, in words. */
import type * as tf from "@tensorflow/tfjs";
import { layerFlops } from "../../../src/runner/training/summary";
import {
  type NetworkCost,
  deepFlops,
  exactRows,
  gradientFlops,
  kernelRows,
  permutationRows,
  shapDeepFlops,
  shapGradientFlops,
} from "../../../src/shap/costs";
import { MODELS, type ModelName } from "./models";

const WORK = { samples: 10, references: 100 };

export function networkCost(model: tf.LayersModel): NetworkCost {
  const flops = model.layers.map(layerFlops);
  return {
    forward: flops.reduce((sum, each) => sum + each, 0),
    first: flops.find((each) => each > 0) ?? 0,
    outputs: model.outputs[0].shape[1] ?? 1,
  };
}

/** Fraction of numbers that are not 0. */
export function density(values: Float32Array): number {
  return values.reduce((count, value) => count + Number(value !== 0), 0) / values.length;
}

const giga = (flops: number): string => `${(flops / 1e9).toPrecision(3)} GFLOP`;

/** What a case takes, ours and shap's way. @param background of the digits, [100, 784]. */
export function operations(name: string, background: Float32Array): string {
  const both = (ours: number, shap: number): string => `${giga(ours)}, shap's way ${giga(shap)}`;
  const calls = (features: number, rows: number, model: ModelName): string =>
    `${(rows / 1e6).toPrecision(3)} M rows of ${features} features, ${giga(rows * networkCost(MODELS[model]()).forward)}`;
  const [kind, model] = name.split("-");
  if (kind === "deep") {
    const cost = networkCost(MODELS[model as ModelName]());
    return both(deepFlops(cost, WORK, model === "mlp" ? density(background) : 1), shapDeepFlops(cost, WORK));
  }
  if (kind === "gradient") {
    const cost = networkCost(MODELS[model as ModelName]());
    // So many of 100 references are drawn at least once in 200.
    const dense = { references: 100 * (1 - 0.99 ** 200), varying: density(background) };
    return both(gradientFlops(cost, 10, 200, model === "mlp" ? dense : undefined), shapGradientFlops(cost, 10, 200));
  }
  if (name === "kernel") return calls(30, kernelRows(30, WORK), "table30");
  if (name === "kernel-all") return calls(10, kernelRows(10, WORK), "table10");
  if (name === "permutation") return calls(30, permutationRows(30, WORK), "table30");
  if (name === "exact") return calls(10, exactRows(10, WORK), "table10");
  return "";
}
