import { ExplainerOptionError, type FamilyOptions } from "../attributions";
import { membersOf } from "./clustering";
import { CoalitionExplainer, type LinkOptions, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";

export interface PartitionOptions extends FamilyOptions, LinkOptions {
  /** Most coalitions evaluated for a sample (shap's `max_evals`). Default 500; what is left is shared within clusters. */
  maxEvals?: number;
  /** Coalitions evaluated at once (shap's `batch_size`). Default 10; it decides which clusters are divided first. */
  batchSize?: number;
}

/** A cluster whose worth is known where the rest of its context is hidden or shown. */
interface Task {
  node: number;
  /** [players]: who takes part besides. */
  context: Uint8Array;
  off: Float64Array;
  on: Float64Array;
  weight: number;
  /** The largest change of an output, weighed: the largest is divided first. */
  priority: number;
}

/**
 * Owen values: Shapley values within a hierarchy of features, from whole clusters down to single features, the clusters with the
 * largest effect first (Owen 1977). As Python's `shap.PartitionExplainer`. Exact where `maxEvals` reaches every leaf.
 */
export class PartitionExplainer extends CoalitionExplainer<PartitionOptions> {
  protected coalitions(_game: Game, { maxEvals = 500 }: PartitionOptions): number {
    return maxEvals;
  }

  protected async explainRow(game: Game, options: PartitionOptions): Promise<RowValues> {
    const { maxEvals = 500, batchSize = 10 } = options;
    const { clustering, playerCount: players } = game.masker;
    if (!clustering)
      throw new ExplainerOptionError("The partition method needs a masker with a hierarchy of features.");
    const { outputs } = game;
    const members = membersOf(clustering);
    const { base, full } = await game.ends();
    // [nodes, outputs]: what stays on a cluster, to be shared by its members.
    const worth = new Float64Array((2 * players - 1) * outputs);
    const settle = ({ node, off, on, weight }: Task): void => {
      for (let k = 0; k < outputs; k++) worth[node * outputs + k] += (on[k] - off[k]) * weight;
    };
    const task = (node: number, context: Uint8Array, off: Float64Array, on: Float64Array, weight: number): Task => ({
      ...{ node, context, off, on, weight },
      priority: weight * on.reduce((most, value, k) => Math.max(most, Math.abs(value - off[k])), 0),
    });
    const open: Task[] = [task(2 * players - 2, new Uint8Array(players), base, full, 1)];
    for (let evaluated = 2; open.length > 0;) {
      open.sort((a, b) => b.priority - a.priority);
      if (evaluated >= maxEvals) {
        open.splice(0).forEach(settle);
        break;
      }
      const batch: Task[] = [];
      while (open.length > 0 && 2 * batch.length < batchSize && evaluated + 2 * batch.length < maxEvals) {
        const next = open.shift();
        if (!next) break;
        if (next.node < players || clustering.distance[next.node - players] < 0) settle(next);
        else batch.push(next);
      }
      if (batch.length === 0) continue;
      const coalitions = new Uint8Array(2 * batch.length * players);
      const children = batch.map(
        ({ node }) => [clustering.left[node - players], clustering.right[node - players]] as const,
      );
      batch.forEach(({ context }, i) => {
        children[i].forEach((child, side) => {
          const at = (2 * i + side) * players;
          coalitions.set(context, at);
          for (const player of members[child]) coalitions[at + player] = 1;
        });
      });
      const values = await game.evaluate(coalitions);
      evaluated += 2 * batch.length;
      batch.forEach(({ context, off, on, weight }, i) => {
        const [left, right] = children[i];
        const side = (which: number): [Uint8Array, Float64Array] => [
          coalitions.slice((2 * i + which) * players, (2 * i + which + 1) * players),
          values.slice((2 * i + which) * outputs, (2 * i + which + 1) * outputs),
        ];
        const [[withLeft, leftOnly], [withRight, rightOnly]] = [side(0), side(1)];
        // Each child joins first, and joins after its sibling.
        open.push(
          task(left, context, off, leftOnly, weight / 2),
          task(right, context, off, rightOnly, weight / 2),
          task(left, withRight, rightOnly, on, weight / 2),
          task(right, withLeft, leftOnly, on, weight / 2),
        );
      });
    }
    const phi = new Float64Array(players * outputs);
    members.forEach((group, node) => {
      for (const player of group) {
        for (let k = 0; k < outputs; k++) phi[player * outputs + k] += worth[node * outputs + k] / group.length;
      }
    });
    return { phi, base, full };
  }
}
