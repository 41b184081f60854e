import type { NdArray } from "../../protocol/ndArray";
import { mean } from "../../protocol/numbers";
import type { Predictor } from "../agnostic/predictor";
import { drawIndex, randomFor, shuffle } from "../random";
import { type Judged, type JudgeOptions, games } from "./judged";

export interface InfidelityOptions extends JudgeOptions {
  /** Perturbations drawn for a sample. Default 100. */
  draws?: number;
}

export interface Infidelity {
  /** The mean over samples of E[(I^T phi - (f(x) - f(x - I)))^2]. 0 is best. */
  infidelity: number;
  /** It over the mean of (f(x) - f(x - I))^2: 0 is best, 1 what values of nothing but 0 get. NaN where nothing changes. */
  relative: number;
}

/**
 * Infidelity (Yeh et al. 2019, definition 2.1): how far values summed over a perturbation are from what the perturbation does
 * to the output. A perturbation I replaces a random set of features, of any size alike, by those of the background's rows, over
 * which the output is averaged; as values phi are products with x - r already, I^T phi is their sum over the set (there,
 * section 2.3).
 *
 * @param background [references, ...features].
 */
export async function infidelity(
  predictor: Predictor,
  background: NdArray,
  judged: Judged,
  options: InfidelityOptions = {},
): Promise<Infidelity> {
  const { draws = 100, seed = 0 } = options;
  const [errors, changes] = [[] as number[], [] as number[]];
  for (const { game, sample, output, phi } of games(predictor, background, judged, options)) {
    const random = randomFor(seed, `infidelity/${sample}`);
    const features = phi.length;
    // The sample itself, and a row a draw.
    const coalitions = new Uint8Array((draws + 1) * features).fill(1);
    const sums = new Float64Array(draws);
    const order = Int32Array.from(phi.keys());
    for (let n = 0; n < draws; n++) {
      shuffle(order, random);
      for (const i of order.subarray(0, 1 + drawIndex(random, features))) {
        coalitions[(n + 1) * features + i] = 0;
        sums[n] += phi[i];
      }
    }
    const answers = await game.evaluate(coalitions);
    const full = answers[output];
    sums.forEach((sum, n) => {
      const change = full - answers[(n + 1) * game.outputs + output];
      errors.push((sum - change) ** 2);
      changes.push(change ** 2);
    });
  }
  return { infidelity: mean(errors), relative: mean(errors) / mean(changes) };
}
