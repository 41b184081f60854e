import { ExplainerOptionError, type FamilyOptions } from "../../attributions";
import { randomFor } from "../../random";
import { CoalitionExplainer, type RowValues } from "../coalitionExplainer";
import type { Game } from "../game";
import { LocalRegression } from "./regression";

export interface LimeOptions extends FamilyOptions {
  /** Coalitions drawn for a sample, the sample itself first (lime's `num_samples`). Default 1000. */
  nsamples?: number;
  /** How fast coalitions count less the more they hide, by cosine distance. Default 0.25, as lime's for pictures. */
  kernelWidth?: number;
  /** Who takes part in the n-th coalition of a sample, [varying], in place of a draw: to repeat what another program drew. */
  coalition?: (sample: number, n: number, varying: number) => ArrayLike<number>;
}

/**
 * LIME for pictures and tables whose features are shown or hidden: the coefficients of a ridge regression of the output on who
 * takes part, near the sample (Ribeiro et al. 2016). As Python's `lime_image`: alpha 1, an intercept, each feature shown by
 * half. These are no Shapley values: they need not add up to f(x) - E[f].
 */
export class LimeExplainer extends CoalitionExplainer<LimeOptions> {
  protected coalitions(_game: Game, { nsamples = 1000 }: LimeOptions): number {
    return 2 + nsamples;
  }

  protected async explainRow(game: Game, options: LimeOptions, sample: number): Promise<RowValues> {
    const { nsamples = 1000, kernelWidth = 0.25, seed = 0 } = options;
    if (!Number.isInteger(nsamples) || nsamples < 2)
      throw new ExplainerOptionError(`nsamples is a whole number from 2 on, not ${nsamples}.`);
    if (!(kernelWidth > 0)) throw new ExplainerOptionError(`kernel_width is a number above 0, not ${kernelWidth}.`);
    const { varying, outputs } = game;
    const [players, m] = [game.masker.playerCount, varying.length];
    const { base, full } = await game.ends();
    const phi = new Float64Array(players * outputs);
    if (m === 0) return { phi, base, full };
    const random = randomFor(seed, `lime/${sample}`);
    const members = new Uint8Array(nsamples * m);
    const coalitions = new Uint8Array(nsamples * players);
    const weights = new Float64Array(nsamples);
    for (let n = 0; n < nsamples; n++) {
      const drawn =
        options.coalition?.(sample, n, m) ?? Uint8Array.from({ length: m }, () => Number(n === 0 || random() < 0.5));
      let shown = 0;
      for (let i = 0; i < m; i++) {
        shown += members[n * m + i] = coalitions[n * players + varying[i]] = drawn[i];
      }
      // The cosine of a coalition and of all is the root of the fraction that is shown.
      const distance = 1 - Math.sqrt(shown / m);
      weights[n] = Math.sqrt(Math.exp(-(distance ** 2) / kernelWidth ** 2));
    }
    const values = await game.evaluate(coalitions);
    const regression = new LocalRegression(members, weights);
    for (let k = 0; k < outputs; k++) {
      const y = Float64Array.from({ length: nsamples }, (_, n) => values[n * outputs + k]);
      regression.fit(y, "none", m).coefficients.forEach((value, i) => (phi[varying[i] * outputs + k] = value));
    }
    return { phi, base, full };
  }
}
