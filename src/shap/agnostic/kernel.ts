import type { FamilyOptions } from "../attributions";
import { randomFor } from "../random";
import { CoalitionExplainer, type LinkOptions, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";
import { chooseCoalitions, coalitionCount } from "./kernelCoalitions";
import { KernelRegression, type L1Reg } from "./kernelRegression";

export interface KernelOptions extends FamilyOptions, LinkOptions {
  /** Coalitions evaluated for a sample; by default 2 M + 2048. Where that reaches all 2^M, each is taken once: exact. */
  nsamples?: number;
  /** Default "num_features(10)", as shap's since 0.47. */
  l1Reg?: L1Reg;
}

/**
 * Kernel SHAP: Shapley values as the weighted least squares regression of coalitions' values on their members (Lundberg & Lee
 * 2017, section 4.1). As Python's `shap.KernelExplainer`, whose coalitions are drawn in pairs.
 */
export class KernelExplainer extends CoalitionExplainer<KernelOptions> {
  protected override readonly linearizeLink = false;

  protected coalitions({ varying }: Game, { nsamples }: KernelOptions): number {
    return 2 + coalitionCount(varying.length, nsamples);
  }

  protected async explainRow(game: Game, options: KernelOptions, sample: number): Promise<RowValues> {
    const { varying, outputs } = game;
    const players = game.masker.playerCount;
    const { base, full } = await game.ends();
    const phi = new Float64Array(players * outputs);
    const m = varying.length;
    if (m < 2) {
      for (let k = 0; k < outputs && m === 1; k++) phi[varying[0] * outputs + k] = full[k] - base[k];
      return { phi, base, full };
    }
    const nsamples = coalitionCount(m, options.nsamples);
    const chosen = chooseCoalitions(m, nsamples, randomFor(options.seed ?? 0, `kernel/${sample}`));
    const coalitions = new Uint8Array(chosen.count * players);
    for (let n = 0; n < chosen.count; n++) {
      varying.forEach((player, i) => (coalitions[n * players + player] = chosen.members[n * m + i]));
    }
    const values = await game.evaluate(coalitions);
    const fraction = m <= 30 ? nsamples / (2 ** m - 2) : nsamples / 2 ** 30;
    const regression = new KernelRegression(chosen, fraction, options.l1Reg ?? "num_features(10)");
    for (let k = 0; k < outputs; k++) {
      const y = Float64Array.from({ length: chosen.count }, (_, n) => values[n * outputs + k] - base[k]);
      regression.solve(y, full[k] - base[k]).forEach((value, i) => (phi[varying[i] * outputs + k] = value));
    }
    return { phi, base, full };
  }
}
