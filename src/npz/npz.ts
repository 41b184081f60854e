import type { NpyArray, NumericNpyArray, TextNpyArray } from "./npy";
import { NpzError } from "./npzError";
export interface NpzLimits {
  maxBytes: number;
  maxEntries: number;
}
export const DEFAULT_LIMITS: NpzLimits = { maxBytes: 2 ** 31, maxEntries: 1000 };
export function readNpz(
  _bytes: Uint8Array,
  _limits: NpzLimits = DEFAULT_LIMITS,
  _names?: readonly string[],
): Map<string, NpyArray> {
  throw new NpzError("stub");
}
export function writeNpz(_arrays: Readonly<Record<string, Omit<NumericNpyArray, "descr"> | TextNpyArray>>): Uint8Array {
  throw new NpzError("stub");
}
