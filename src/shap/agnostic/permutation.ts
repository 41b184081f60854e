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

/** Coalitions times players whose values are asked for at once: many orders of few players, one order of many. */
const MOST_MEMBERS = 2 ** 22;

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
    const together = Math.max(1, Math.floor(MOST_MEMBERS / (2 * between * players)));
    for (let first = 0; first < count && varying.length > 0; first += together) {
      const orders = Array.from({ length: Math.min(together, count - first) }, (_, n) => {
        const drawn = Array.from(varying);
        shuffle(drawn, random);
        return options.permutation?.(sample, first + n, varying) ?? drawn;
      });
      const coalitions = new Uint8Array(orders.length * 2 * between * players);
      orders.forEach((order, n) => walk(order, players, coalitions.subarray(n * 2 * between * players)));
      const values = await game.evaluate(coalitions);
      // What the walks pass between nobody and all; they share both ends. Backward, the first in order leaves first.
      const add = (player: number, on: Float64Array, onAt: number, off: Float64Array, offAt: number): void => {
        for (let k = 0; k < outputs; k++) phi[player * outputs + k] += on[onAt + k] - off[offAt + k];
      };
      orders.forEach((order, n) => {
        const forth = n * 2 * between * outputs;
        const back = forth + between * outputs;
        order.forEach((player, i) => {
          const [before, after] = [(i - 1) * outputs, i * outputs];
          const [atFirst, atLast] = [i === 0, i === order.length - 1];
          const [on, onAt] = atLast ? [full, 0] : [values, forth + after];
          add(player, on, onAt, atFirst ? base : values, atFirst ? 0 : forth + before);
          const [left, leftAt] = atFirst ? [full, 0] : [values, back + before];
          add(player, left, leftAt, atLast ? base : values, atLast ? 0 : back + after);
        });
      });
    }
    return { phi: phi.map((sum) => sum / (2 * count)), base, full };
  }
}

function permutations(varying: number, { maxEvals }: PermutationOptions): number {
  return maxEvals === undefined ? 10 : Math.floor(maxEvals / (2 * varying + 1));
}

/** Writes [2 (M - 1), players]: the coalitions between nobody and all, players joining in order, then leaving in order. */
function walk(order: readonly number[], players: number, coalitions: Uint8Array): void {
  const between = order.length - 1;
  for (let step = 0; step < between; step++) {
    order.forEach((player, i) => {
      const joined = Number(i <= step);
      coalitions[step * players + player] = joined;
      coalitions[(between + step) * players + player] = 1 - joined;
    });
  }
}
