import type { Predictor } from "../agnostic/predictor";
import { type TreeEnsemble, addPrediction } from "./ensemble";

/** Trees as a function of rows: the sum of their answers. */
export function treePredictor(ensemble: TreeEnsemble): Predictor {
  const { features, outputs } = ensemble;
  return {
    featureShape: [features],
    outputs,
    bytesPerRow: 4 * features + 8 * outputs,
    predict: ({ data, shape }) => {
      const sums = new Float64Array(shape[0] * outputs);
      for (let row = 0; row < shape[0]; row++)
        addPrediction(ensemble, data, row * features, sums.subarray(row * outputs, (row + 1) * outputs));
      return sums;
    },
  };
}
