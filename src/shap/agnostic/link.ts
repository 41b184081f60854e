/** Links of answers to what is explained, as shap's. */
import { ExplainerOptionError, meanRow } from "../attributions";

/** Of probabilities, logit explains the log odds. */
export type Link = "identity" | "logit";

/** @throws ExplainerOptionError where an answer is no probability between 0 and 1. */
export function logit(answer: number): number {
  if (answer > 0 && answer < 1) return Math.log(answer / (1 - answer));
  throw new ExplainerOptionError(
    `The link logit takes answers between 0 and 1, and the model gave ${answer}. Take the link identity.`,
  );
}

/**
 * [rows, outputs]: weights with which the mean of the background's log odds is near the log odds of its mean (shap's
 * `link_reweighting`, from the link's tangent there).
 *
 * @param answers [rows, outputs].
 */
export function linkWeights(answers: ArrayLike<number>, outputs: number): Float64Array {
  const rows = answers.length / outputs;
  const [mean, sums] = [meanRow(answers, outputs), new Float64Array(outputs)];
  const step = 1e-4;
  const weights = Float64Array.from(answers, (answer, i) => {
    const at = mean[i % outputs];
    const tangent = (logit(at + step) - logit(at)) / step;
    // At the mean itself, as where there is but one row, tangent and link are the same.
    const weight = answer === at ? 1 : (tangent * (answer - at)) / (logit(answer) - logit(at));
    sums[i % outputs] += weight;
    return weight;
  });
  return weights.map((weight, i) => (weight * rows) / sums[i % outputs]);
}
