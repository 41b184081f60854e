/** The run whose recipe's code is at work. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { EventSink } from "../../protocol/events";

interface CurrentRun {
  folder: string;
  sink: EventSink;
}

const running = new AsyncLocalStorage<CurrentRun>();

/** Calls `work`, for whose length, promises included, explanations are saved in the run's folder and told of. */
export function inRun<T>(run: CurrentRun, work: () => T): T {
  return running.run(run, work);
}

/** The run that `inRun` names; undefined outside of one. */
export function currentRun(): CurrentRun | undefined {
  return running.getStore();
}
