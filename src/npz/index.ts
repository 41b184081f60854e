/** NumPy's .npy and .npz formats and the explanation file built on them. Bytes in, arrays out: no files, no vscode. */
export { NpzError } from "./npzError";
export {
  type NpyArray,
  type NpyHeader,
  type NumericNpyArray,
  type TextNpyArray,
  checkLength,
  decodeNumbers,
  formatNpy,
  parseNpy,
  parseNpyHeader,
} from "./npy";
export { type ArrayParts, NpzStream } from "./npzStream";
export { type NpzLimits, DEFAULT_LIMITS, readNpz, writeNpz } from "./npz";
export {
  type ExplanationFrame,
  ExplanationStream,
  type ValueLayout,
  readExplanation,
  writeExplanation,
} from "./explanationFile";
