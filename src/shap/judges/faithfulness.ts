import type { NdArray } from "../../protocol/ndArray";
import type { Predictor } from "../agnostic/predictor";
import { randomFor, shuffle } from "../random";
import { type Judged, type JudgeOptions, games } from "./judged";

export interface FaithfulnessOptions extends JudgeOptions {
  /** Steps of a curve; fewer where there are fewer features. Default 20. */
  steps?: number;
}

export interface Faithfulness {
  /** [steps + 1]: the fraction of the features that is hidden, or shown, at each point of the curves. */
  fractions: number[];
  /** [steps + 1]: the mean output as features are hidden, those with the highest values first. */
  deletion: number[];
  /** [steps + 1]: the mean output as they are shown, the highest first, from none. */
  insertion: number[];
  /** [steps + 1]: as `deletion`, in random order. */
  random: number[];
  /** Areas under the curves. Deletion: the lower the better; insertion: the higher. */
  deletionArea: number;
  insertionArea: number;
  randomArea: number;
}

/**
 * Deletion and insertion curves (Petsiuk et al. 2018, section 3.2): if the values tell what made the output high, hiding
 * the features of the highest values takes it away soonest. Hidden features take the values of the background's rows, over
 * which the output is averaged.
 *
 * @param background [references, ...features].
 */
export async function faithfulness(
  predictor: Predictor,
  background: NdArray,
  judged: Judged,
  options: FaithfulnessOptions = {},
): Promise<Faithfulness> {
  const samples = judged.x.shape[0];
  const features = judged.values.length / samples;
  const steps = Math.min(features, options.steps ?? 20);
  const counts = Array.from({ length: steps + 1 }, (_, step) => Math.round((step * features) / steps));
  const curves = { deletion: zeros(steps), insertion: zeros(steps), random: zeros(steps) };
  for (const { game, sample, output, phi } of games(predictor, background, judged, options)) {
    const order = Array.from(phi.keys()).sort((i, j) => phi[j] - phi[i] || i - j);
    const drawn = Array.from(phi.keys());
    shuffle(drawn, randomFor(options.seed ?? 0, `faithfulness/${sample}`));
    const add = async (curve: number[], ranked: number[], shown: 0 | 1): Promise<void> => {
      const coalitions = new Uint8Array((steps + 1) * features).fill(1 - shown);
      counts.forEach((count, step) => {
        for (let n = 0; n < count; n++) coalitions[step * features + ranked[n]] = shown;
      });
      const answers = await game.evaluate(coalitions);
      for (let step = 0; step <= steps; step++) curve[step] += answers[step * game.outputs + output] / samples;
    };
    await add(curves.deletion, order, 0);
    await add(curves.insertion, order, 1);
    await add(curves.random, drawn, 0);
  }
  const fractions = counts.map((count) => count / features);
  return {
    fractions,
    ...curves,
    deletionArea: area(fractions, curves.deletion),
    insertionArea: area(fractions, curves.insertion),
    randomArea: area(fractions, curves.random),
  };
}

function zeros(steps: number): number[] {
  return Array.from({ length: steps + 1 }, () => 0);
}

/** The area under a curve, by trapezoids. */
export function area(x: readonly number[], y: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < x.length; i++) sum += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return sum;
}
