import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { ExplainerOptionError, meanRow } from "../attributions";
import { covarianceMatrix } from "../covariance";
import { Cholesky } from "../solve";
import { type Masker, grouped } from "./masker";

/** The equations of a coalition grow with the third power of this. */
const MOST_FEATURES = 256;

/**
 * Hidden features are what those that are shown let expect, as features of a normal distribution with the background's means and
 * covariances: E[x_H | x_S] = mean_H + cov(H, S) cov(S, S)^-1 (x_S - mean_S), the means where nothing is shown
 * (`shap.maskers.Impute`, method "linear", which in shap LinearExplainer alone can use). With a linear model, exact values are those
 * of LinearExplainer's "correlation_dependent". What is a combination of others that are shown tells nothing more.
 *
 * @param background [references, ...features], of many more rows than features.
 * @param players which features are hidden together; each on its own by default.
 * @throws ExplainerOptionError for a background of one row or with missing values, and for more than 256 features.
 */
export function imputeMasker(background: NdArray, players?: Int32Array): Masker {
  const [rows, ...featureShape] = background.shape;
  const features = sizeOf(featureShape);
  if (rows < 2)
    throw new ExplainerOptionError("The masker impute learns correlations from a background of 2 rows or more.");
  if (features > MOST_FEATURES)
    throw new ExplainerOptionError(
      `The masker impute takes ${MOST_FEATURES} features at most, not ${features}. Take the masker independent.`,
    );
  if (!background.data.every(Number.isFinite))
    throw new ExplainerOptionError("The masker impute takes no missing or infinite values; the background has some.");
  const mean = meanRow(background.data, features);
  const covariance = covarianceMatrix(background.data, mean);
  const means = Float32Array.from(mean);
  return {
    ...grouped(featureShape, players),
    ...{ rows: 1, standIns: () => means },
    fillIn: (row, x, shown) => {
      const factor = new Cholesky();
      const telling: number[] = [];
      for (const i of shown) {
        const own = Float64Array.from([...telling, i], (j) => covariance[i * features + j]);
        if (factor.append(own)) telling.push(i);
      }
      const weights = factor.solve(telling.map((i) => x[i] - mean[i]));
      for (let h = 0, next = 0; h < features; h++) {
        if (shown[next] === h) {
          next++;
          continue;
        }
        let expected = mean[h];
        for (let n = 0; n < telling.length; n++) expected += covariance[h * features + telling[n]] * weights[n];
        row[h] = expected;
      }
    },
  };
}
