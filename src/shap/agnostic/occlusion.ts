import type { FamilyOptions } from "../attributions";
import { CoalitionExplainer, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";

/**
 * How much the output falls where one feature, or one patch, is hidden and all others are shown (Zeiler & Fergus 2014). These are
 * no Shapley values: they need not add up to f(x) - E[f].
 */
export class OcclusionExplainer extends CoalitionExplainer<FamilyOptions> {
  protected coalitions({ varying }: Game): number {
    return 2 + varying.length;
  }

  protected async explainRow(game: Game): Promise<RowValues> {
    const { varying, outputs } = game;
    const players = game.masker.playerCount;
    const { base, full } = await game.ends();
    const coalitions = new Uint8Array(varying.length * players).fill(1);
    varying.forEach((player, i) => (coalitions[i * players + player] = 0));
    const values = await game.evaluate(coalitions);
    const phi = new Float64Array(players * outputs);
    varying.forEach((player, i) => {
      for (let k = 0; k < outputs; k++) phi[player * outputs + k] = full[k] - values[i * outputs + k];
    });
    return { phi, base, full };
  }
}
