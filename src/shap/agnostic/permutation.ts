import { ExplainerOptionError, type FamilyOptions } from "../attributions";
import { randomFor, shuffle } from "../random";
import { CoalitionExplainer, type LinkOptions, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";

export interface PermutationOptions extends FamilyOptions, LinkOptions {
  /** Evaluations a sample may take, 2 M + 1 a permutation of M players (shap's `max_evals`). Default: 10 permutations. */
  maxEvals?: number;
  /**
   * The order of the players that vary for a permutation of a sample, in place of a drawn one: to repeat what another
   * program drew.
   */
  permutation?: (sample: number, permutation: number, varying: readonly number[]) => readonly number[];
}

/**
 * Shapley values by sampling orders of the players, each walked forward and backward (antithetic sampling): additive with
 * any number of permutations, and exact with one where there are interactions of two features at most. As Python's
 * `shap.PermutationExplainer` with an Independent masker.
 */
export class PermutationExplainer extends CoalitionExplainer<PermutationOptions> {
  protected coalitions({ varying }: Game, options: PermutationOptions): number {
    return permutations(varying.length, options) * 2 * varying.length + 2;
  }

  protected async explainRow(game: Game, options: PermutationOptions, sample: number): Promise<RowValues> {
    const { varying, outputs } = game;
    const players = game.masker.playerCount;
    const count = permutations(varying.length, options);
    if (count === 0)
      throw new ExplainerOptionError(
        `maxEvals ${options.maxEvals} is too few: one permutation of ${varying.length} features takes ${2 * varying.length + 1}.`,
      );
    const { base, full } = await game.ends();
    const random = randomFor(options.seed ?? 0, `permutation/${sample}`);
    const phi = new Float64Array(players * outputs);
    const between = Math.max(0, varying.length - 1);
    for (let n = 0; n < count && varying.length > 0; n++) {
      const drawn = Array.from(varying);
      shuffle(drawn, random);
      const order = options.permutation?.(sample, n, varying) ?? drawn;
      const values = await game.evaluate(walks(order, players));
      // What the walks pass between nobody and all; they share both ends. Backward, the first in order leaves first.
      const add = (player: number, on: Float64Array, onAt: number, off: Float64Array, offAt: number): void => {
        for (let k = 0; k < outputs; k++) phi[player * outputs + k] += on[onAt + k] - off[offAt + k];
      };
      order.forEach((player, i) => {
        const [before, after] = [(i - 1) * outputs, i * outputs];
        const [first, last] = [i === 0, i === order.length - 1];
        add(player, last ? full : values, last ? 0 : after, first ? base : values, first ? 0 : before);
        const back = between * outputs;
        add(player, first ? full : values, first ? 0 : back + before, last ? base : values, last ? 0 : back + after);
      });
    }
    return { phi: phi.map((sum) => sum / (2 * count)), base, full };
  }
}

function permutations(varying: number, { maxEvals }: PermutationOptions): number {
  return maxEvals === undefined ? 10 : Math.floor(maxEvals / (2 * varying + 1));
}

/** [2 (M - 1), players]: the coalitions between nobody and all, players joining in order, then leaving in order. */
function walks(order: readonly number[], players: number): Uint8Array {
  const between = order.length - 1;
  const coalitions = new Uint8Array(2 * between * players);
  for (let step = 0; step < between; step++) {
    order.forEach((player, i) => {
      const joined = Number(i <= step);
      coalitions[step * players + player] = joined;
      coalitions[(between + step) * players + player] = 1 - joined;
    });
  }
  return coalitions;
}
