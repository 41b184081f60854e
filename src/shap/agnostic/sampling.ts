import { ExplainerOptionError, type FamilyOptions } from "../attributions";
import { type Random, drawIndex, randomFor, shuffle } from "../random";
import { CoalitionExplainer, type LinkOptions, type RowValues } from "./coalitionExplainer";
import type { Game } from "./game";

export interface SamplingOptions extends FamilyOptions, LinkOptions {
  /** Evaluations of pairs for a sample; by default 1000 for each feature that varies. */
  nsamples?: number;
  /** Evaluations of each feature before the rest go where the variance is. Default 100. */
  minSamplesPerFeature?: number;
}

/**
 * Shapley values, one feature at a time: differences of two rows whose features after it in a random order come from a
 * random row of the background (Štrumbelj & Kononenko 2014). A second round goes to the features whose differences vary
 * most, and the rest of the sum to those that are least certain. As Python's `shap.SamplingExplainer`, which knows no link; ours
 * linearizes it, as ExactExplainer.
 */
export class SamplingExplainer extends CoalitionExplainer<SamplingOptions> {
  protected coalitions({ varying, masker }: Game, options: SamplingOptions): number {
    return 2 + (2 * total(varying.length, options)) / masker.rows;
  }

  protected async explainRow(game: Game, options: SamplingOptions, sample: number): Promise<RowValues> {
    const { varying, outputs } = game;
    const { base, full } = await game.ends();
    const phi = new Float64Array(game.masker.playerCount * outputs);
    const m = varying.length;
    if (m < 2) {
      for (let k = 0; k < outputs && m === 1; k++) phi[varying[0] * outputs + k] = full[k] - base[k];
      return { phi, base, full };
    }
    const nsamples = total(m, options);
    if (nsamples < 2 * m)
      throw new ExplainerOptionError(`nsamples ${nsamples} is too few: ${m} features take ${2 * m} at least.`);
    const random = randomFor(options.seed ?? 0, `sampling/${sample}`);
    const { minSamplesPerFeature = 100 } = options;
    const first = Math.min(nsamples, m * minSamplesPerFeature);
    const [variance, taken] = [new Float64Array(m * outputs), new Float64Array(m)];
    const round = async (counts: readonly number[]): Promise<void> => {
      for (const [i, count] of counts.entries()) {
        if (count === 0) continue;
        const { mean, variance: varied } = await estimate(game, varying[i], count, random);
        const sum = taken[i] + count;
        for (let k = 0; k < outputs; k++) {
          const at = varying[i] * outputs + k;
          phi[at] = (phi[at] * taken[i] + mean[k] * count) / sum;
          variance[i * outputs + k] = (variance[i * outputs + k] * taken[i] + varied[k] * count) / sum;
        }
        taken[i] = sum;
      }
    };
    const even = 2 * Math.floor(first / (2 * m));
    await round(varying.map((_, i) => even + (i < Math.floor((first % (2 * m)) / 2) ? 2 : 0)));
    await round(shareOut(variance, outputs, nsamples - first));
    correctSum(phi, variance, taken, game, base, full);
    return { phi, base, full };
  }
}

function total(varying: number, { nsamples }: SamplingOptions): number {
  return nsamples ?? 1000 * varying;
}

/** Differences of one feature: their mean and variance for each output. */
async function estimate(
  game: Game,
  player: number,
  count: number,
  random: Random,
): Promise<{ mean: Float64Array; variance: Float64Array }> {
  const { outputs } = game;
  const players = game.masker.playerCount;
  const order = Int32Array.from({ length: players }, (_, i) => i);
  const coalitions = new Uint8Array(2 * count * players);
  const rows = new Int32Array(2 * count);
  for (let n = 0; n < count; n++) {
    shuffle(order, random);
    const place = order.indexOf(player);
    rows[2 * n] = rows[2 * n + 1] = drawIndex(random, game.masker.rows);
    for (let i = 0; i <= place; i++) {
      coalitions[2 * n * players + order[i]] = 1;
      if (i < place) coalitions[(2 * n + 1) * players + order[i]] = 1;
    }
  }
  const values = await game.evaluatePairs(coalitions, rows);
  const [mean, squares] = [new Float64Array(outputs), new Float64Array(outputs)];
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < outputs; k++) {
      const difference = values[2 * n * outputs + k] - values[(2 * n + 1) * outputs + k];
      mean[k] += difference / count;
      squares[k] += difference ** 2 / count;
    }
  }
  return { mean, variance: squares.map((square, k) => Math.max(0, square - mean[k] ** 2)) };
}

/** Even numbers that add up to about `samples`, in proportion to the features' variances. */
function shareOut(variance: Float64Array, outputs: number, samples: number): number[] {
  const m = variance.length / outputs;
  const sums = new Float64Array(outputs);
  for (let i = 0; i < variance.length; i++) sums[i % outputs] += variance[i];
  const counts = Array.from({ length: m }, (_, i) => {
    let share = 0;
    for (let k = 0; k < outputs; k++) share += sums[k] > 0 ? variance[i * outputs + k] / sums[k] : 1 / m;
    const count = Math.floor((share / outputs) * samples);
    return count + (count % 2);
  });
  let excess = counts.reduce((sum, count) => sum + count, 0) - samples;
  for (let i = 0; i < m && Math.abs(excess) >= 2; i++) {
    const step = excess > 0 ? -Math.min(2, counts[i]) : 2;
    counts[i] += step;
    excess += step;
  }
  return counts;
}

/** Ridge regression of what the values lack to f(x) - E[f] on the features, each as free as it is uncertain. */
function correctSum(
  phi: Float64Array,
  variance: Float64Array,
  taken: Float64Array,
  { varying, outputs }: Game,
  base: Float64Array,
  full: Float64Array,
): void {
  for (let k = 0; k < outputs; k++) {
    const spread = varying.map((_, i) => variance[i * outputs + k] / Math.sqrt(taken[i]));
    const most = Math.max(...spread);
    if (most === 0) continue;
    const free = spread.map((value) => (value / most) * 1e6);
    const sum = free.reduce((a, b) => a + b, 0);
    const lacking = full[k] - base[k] - varying.reduce((a, player) => a + phi[player * outputs + k], 0);
    varying.forEach((player, i) => (phi[player * outputs + k] += lacking * (free[i] - (free[i] * sum) / (1 + sum))));
  }
}
