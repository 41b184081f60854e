import type { Parts } from "./parts";

/** Reads the run folders again. */
export async function refreshRuns({ runs }: Parts): Promise<void> {
  await runs.refresh();
  await Promise.all(runs.all.map((run) => runs.update(run)));
}
