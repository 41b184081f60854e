import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Reads a model's weights, which a backend keeps then: from now on `dataSync` has them on every backend. */
export async function readWeights(model: LayersModel): Promise<void> {
  for (const weight of model.weights) await weight.read().data();
}
