/** What the runner has a recipe's downloads do, for as long as it calls the recipe. */
import { AsyncLocalStorage } from "node:async_hooks";

/** How far a download is, in bytes. */
export interface DownloadProgress {
  file: string;
  done: number;
  total: number;
}

/** `skip`: the model is only looked at, and gets no weights. */
export type Downloads =
  { kind: "fetch"; report: (progress: DownloadProgress) => void; stopRequested: () => boolean } | { kind: "skip" };

const scope = new AsyncLocalStorage<Downloads>();

/** Calls `work`, for whose length, promises included, downloads do so. */
export function withDownloads<T>(downloads: Downloads, work: () => T): T {
  return scope.run(downloads, work);
}

/** Outside of the runner, a model is fetched without a word. */
export function downloads(): Downloads {
  return scope.getStore() ?? { kind: "fetch", report: () => undefined, stopRequested: () => false };
}
