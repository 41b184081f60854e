import { NpzError } from "./npzError";
export interface NumericNpyArray {
  kind: "numeric";
  /** NumPy's descriptor as the file has it: "<f4", "|u1". */
  descr: string;
  shape: readonly number[];
  /** Row-major, native byte order; f2, i8, u8 and bool are widened (f2 to Float32Array, 64-bit integers to Float64Array, bool to Uint8Array). */
  data: Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;
}
export interface TextNpyArray {
  kind: "text";
  shape: readonly number[];
  data: readonly string[];
}
export type NpyArray = NumericNpyArray | TextNpyArray;
export function parseNpy(_bytes: Uint8Array, _name: string): NpyArray {
  throw new NpzError("stub");
}
export function formatNpy(_array: Omit<NumericNpyArray, "descr"> | TextNpyArray): Uint8Array {
  throw new NpzError("stub");
}
