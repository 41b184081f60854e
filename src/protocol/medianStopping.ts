import { type Goal, isBetter } from "./sweep";

/**
 * Whether a trial is to be given up: the median stopping rule of Golovin et al., Google Vizier: A Service for Black-Box
 * Optimization (KDD 2017), section 3.2.2. It is, at epoch s, where its best value so far is strictly worse than the median of
 * the means over epochs 1 to s of the trials that have come to their end.
 *
 * @param history the trial's values, one an epoch from the first on. NaN and the infinities count as none.
 * @param finished histories of the trials that came to their end, of which those count that are at least as long.
 * @param least `minEpochs` that every trial is given; `minTrials` that must count.
 */
export function medianStopping(
  history: readonly number[],
  finished: readonly (readonly number[])[],
  goal: Goal,
  least: { minEpochs: number; minTrials: number },
): boolean {
  const epochs = history.length;
  if (epochs === 0 || epochs < least.minEpochs) return false;
  const means = finished
    .filter((other) => other.length >= epochs)
    .map((other) => mean(finite(other.slice(0, epochs))))
    .filter(Number.isFinite);
  if (means.length === 0 || means.length < least.minTrials) return false;
  const own = finite(history);
  const best = goal === "lowest" ? Math.min(...own) : Math.max(...own);
  return own.length === 0 || isBetter(median(means), best, goal);
}

function finite(values: readonly number[]): number[] {
  return values.filter(Number.isFinite);
}

/** NaN of none. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
