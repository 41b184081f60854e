import { ExplainerOptionError, type FamilyOptions } from "../attributions";
import { CoalitionExplainer, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";

export interface ExactOptions extends FamilyOptions {
  /** Most coalitions that may be evaluated for a sample (shap's `max_evals`). Default 100000: 16 players. */
  maxEvals?: number;
}

/**
 * Shapley values by their definition, over all 2^M coalitions of the M players that vary (Shapley 1953). The same numbers as
 * Python's `shap.ExactExplainer` with an Independent masker.
 */
export class ExactExplainer extends CoalitionExplainer<ExactOptions> {
  protected coalitions({ varying }: Game): number {
    return 2 ** varying.length;
  }

  protected async explainRow(game: Game, { maxEvals = 100_000 }: ExactOptions): Promise<RowValues> {
    const { varying, outputs } = game;
    const players = game.masker.playerCount;
    const count = 2 ** varying.length;
    if (count > maxEvals)
      throw new ExplainerOptionError(
        `Exact values take 2^${varying.length} evaluations for ${varying.length} features that vary; maxEvals allows ${maxEvals}. ` +
          "Group the features, or take the permutation or kernel method.",
      );
    const coalitions = new Uint8Array(count * players);
    for (let i = 0; i < count; i++) {
      varying.forEach((player, bit) => (coalitions[i * players + player] = (i >>> bit) & 1));
    }
    const values = await game.evaluate(coalitions);
    const weights = shapleyWeights(varying.length);
    const phi = new Float64Array(players * outputs);
    for (let i = 0; i < count; i++) {
      const size = bits(i);
      varying.forEach((player, bit) => {
        const weight = (i >>> bit) & 1 ? weights[size - 1] : -weights[size];
        for (let k = 0; k < outputs; k++) phi[player * outputs + k] += weight * values[i * outputs + k];
      });
    }
    return { phi, base: values.slice(0, outputs), full: values.slice((count - 1) * outputs) };
  }
}

/** [n]: the weight of a coalition of i others in a Shapley value of n players, i! (n - i - 1)! / n!. */
function shapleyWeights(n: number): Float64Array {
  const weights = new Float64Array(n);
  let binomial = 1;
  for (let i = 0; i < n; i++) {
    weights[i] = 1 / (n * binomial);
    binomial = (binomial * (n - 1 - i)) / (i + 1);
  }
  return weights;
}

function bits(i: number): number {
  let count = 0;
  for (let rest = i; rest; rest &= rest - 1) count++;
  return count;
}
