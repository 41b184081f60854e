/** The order of a sweep's work. Knows no process and no file: trials are trained by whoever is passed in. */
import { medianStopping } from "../../protocol/medianStopping";
import type { Sweep, Outcome, Trial } from "../../protocol/sweep";
import { UserError } from "../errors";

/** How a trial's training ended. `pruned` where it stopped because `worse` had said so, `cut` where the sweep is to stop. */
export interface TrialEnd {
  outcome: Outcome | "cut";
  /** Why, where it failed. */
  failure?: string;
}

export interface SweepWork {
  stopRequested(): boolean;
  /** Keeps the sweep as it is now. */
  save(sweep: Sweep): Promise<void>;
  /** A new run's id. */
  makeRunId(trial: Trial): string;
  /**
   * Trains a trial in its run, or goes on with it.
   *
   * @param worse whether to give it up, asked with its values of the metric, one an epoch.
   */
  train(
    trial: Trial & { run: string },
    number: number,
    worse: (history: readonly number[]) => boolean,
  ): Promise<TrialEnd>;
  /** A trial's values of the metric, one an epoch; none where its run is gone. */
  history(run: string): Promise<readonly number[]>;
}

/** A recipe that cannot train is not tried for ever: so many failures and nothing else end a sweep. */
const HOPELESS = 3;

/**
 * Trains the trials that have no outcome, one after the other, in their order.
 *
 * @returns the sweep as it is at its end, or where a stop was requested.
 * @throws UserError where the first trials all fail.
 */
export async function runSweep(begun: Sweep, work: SweepWork): Promise<Sweep> {
  let sweep = begun;
  const put = async (index: number, change: Partial<Trial>): Promise<void> => {
    sweep = { ...sweep, trials: sweep.trials.map((trial, i) => (i === index ? { ...trial, ...change } : trial)) };
    await work.save(sweep);
  };
  const finished: (readonly number[])[] = [];
  for (const { run, outcome } of sweep.trials)
    if (outcome === "done" && run !== undefined) finished.push(await work.history(run));
  for (let index = 0; index < sweep.trials.length; index++) {
    if (sweep.trials[index].outcome !== undefined) continue;
    if (work.stopRequested()) break;
    const { values, run = work.makeRunId(sweep.trials[index]) } = sweep.trials[index];
    // Known before it begins: whoever goes on after a crash finds it.
    await put(index, { run });
    const { stopping, goal } = sweep;
    const worse = (history: readonly number[]): boolean =>
      stopping.rule === "median" && medianStopping(history, finished, goal, stopping);
    const { outcome, failure } = await work.train({ values, run }, index + 1, worse);
    if (outcome === "cut") break;
    await put(index, { outcome });
    if (outcome === "done") finished.push(await work.history(run));
    const outcomes = sweep.trials.flatMap((trial) => trial.outcome ?? []);
    if (outcomes.length >= HOPELESS && outcomes.every((each) => each === "failed"))
      throw new UserError(
        `The first ${outcomes.length} trials have failed${failure === undefined ? "" : `, the last with: ${failure}`}`,
        "Train the recipe by itself first: trainlens train <recipe>.",
      );
  }
  return sweep;
}
