import type { NdArray } from "../../protocol/ndArray";
import { type Attributions, ExplainerOptionError, type FamilyOptions } from "../attributions";
import { CoalitionExplainer, type LinkOptions, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";

export interface ExactOptions extends FamilyOptions, LinkOptions {
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

  /**
   * Shapley-Taylor interaction values of order 2, [samples, features, features, outputs]: main effects, f({i}) - f({}), on the
   * diagonal, and half of each pair's on either side of it, so that all add up (Sundararajan et al. 2020). As shap's with
   * `interactions=True`.
   *
   * @throws ExplainerOptionError where features are grouped.
   */
  shapInteractionValues(x: NdArray, options: ExactOptions): Promise<Attributions> {
    const { masker } = this;
    if (masker.playerCount !== masker.players.length)
      throw new ExplainerOptionError("Interactions are of single features: give no groups or patches.");
    return this.explainRows(x, options, (game) => this.#explainPairs(game, options), true);
  }

  async #explainPairs(game: Game, options: ExactOptions): Promise<RowValues> {
    const { varying, outputs } = game;
    const [m, players] = [varying.length, game.masker.playerCount];
    const values = await this.#evaluate(game, options);
    const weights = shapleyWeights(m);
    const phi = new Float64Array(players * players * outputs);
    for (let a = 0; a < m; a++) {
      const own = (varying[a] * players + varying[a]) * outputs;
      for (let k = 0; k < outputs; k++) phi[own + k] = values[outputs * 2 ** a + k] - values[k];
      for (let b = 0; b < a; b++) {
        const both = (1 << a) | (1 << b);
        const [at, mirrored] = [varying[a] * players + varying[b], varying[b] * players + varying[a]];
        for (let i = 0; i < values.length / outputs; i++) {
          const shared = bits(i & both);
          const weight = (shared === 1 ? -1 : 1) * weights[bits(i) - shared];
          for (let k = 0; k < outputs; k++) phi[at * outputs + k] += weight * values[i * outputs + k];
        }
        for (let k = 0; k < outputs; k++) phi[mirrored * outputs + k] = phi[at * outputs + k];
      }
    }
    return { phi, base: values.slice(0, outputs), full: values.slice(values.length - outputs) };
  }

  protected async explainRow(game: Game, options: ExactOptions): Promise<RowValues> {
    const { varying, outputs } = game;
    const players = game.masker.playerCount;
    const values = await this.#evaluate(game, options);
    const count = values.length / outputs;
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

  /** [2^M, outputs]: values of all coalitions, of which bit b says whether the b-th that varies takes part. */
  async #evaluate(game: Game, { maxEvals = 100_000 }: ExactOptions): Promise<Float64Array> {
    const { varying } = game;
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
    return game.evaluate(coalitions);
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
