/** What tfjs-node 4.22 needs of Node that newer ones have not. */
import util from "node:util";

/** Node 23 removed two functions that it calls (tfjs issue 8425). */
export function restoreRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  for (const [name, implementation] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: implementation, configurable: true });
  }
}
