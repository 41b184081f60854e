/**
 * Coalitions through a model that begins with a dense layer. Before its activation, a coalition's rows are those of nobody plus
 * what each member changes, so they come from one product of coalitions and changes: no row of inputs is made, and features
 * that are hidden together cost as much as one.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { DenseStart } from "../denseStart";
import type { MaskedPredictor, MaskedSample } from "./predictor";

/** undefined where the model begins otherwise, or the changes take more than a quarter of the budget. */
export async function maskedDense(
  model: LayersModel,
  sample: MaskedSample,
  chunkMB: number,
): Promise<MaskedPredictor | undefined> {
  const start = DenseStart.of(model);
  if (!start) return undefined;
  const { rows, playerCount } = sample;
  const [features, hidden] = start.kernel.shape;
  if (4 * playerCount * rows * hidden > (chunkMB * 2 ** 20) / 4) return undefined;
  const weights = await start.kernel.data<"float32">();
  const changes = tf.tensor2d(changesOf(sample, weights, hidden), [playerCount, rows * hidden]);
  const nobody = tf.tidy(() => {
    const z = tf.matMul(tf.tensor2d(sample.standIns, [rows, features]), start.kernel);
    return (start.bias ? z.add(start.bias) : z).reshape([rows * hidden]);
  });
  // A rectifier is part of the product.
  const rectified = start.activation === "relu";
  const activation = rectified ? "relu" : "linear";
  const answer = (coalitions: tf.Tensor2D): tf.Tensor => {
    const y = tf.fused.matMul({ a: coalitions, b: changes, bias: nobody, activation });
    const each = y.reshape([coalitions.shape[0] * rows, hidden]);
    return rectified ? start.behind(each) : start.rest(each);
  };
  return {
    async predict(coalitions) {
      const members = Float32Array.from(coalitions);
      const answers = tf.tidy(() => answer(tf.tensor2d(members, [members.length / playerCount, playerCount])));
      try {
        return await answers.data();
      } finally {
        answers.dispose();
      }
    },
    dispose: () => tf.dispose([changes, nobody]),
  };
}

/** [players, rows, hidden]: (x - r) W, summed over a player's features. */
function changesOf(
  { x, standIns, rows, players, playerCount }: MaskedSample,
  weights: Float32Array,
  hidden: number,
): Float32Array {
  const changes = new Float32Array(playerCount * rows * hidden);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < x.length; i++) {
      const difference = x[i] - standIns[row * x.length + i];
      if (difference === 0) continue;
      const [to, from] = [(players[i] * rows + row) * hidden, i * hidden];
      for (let h = 0; h < hidden; h++) changes[to + h] += difference * weights[from + h];
    }
  }
  return changes;
}
