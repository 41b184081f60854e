import type { Explanation } from "../protocol/explanation";
import { NpzError } from "./npzError";
export function readExplanation(_bytes: Uint8Array): Explanation {
  throw new NpzError("stub");
}
export function writeExplanation(_explanation: Explanation): Uint8Array {
  throw new NpzError("stub");
}
