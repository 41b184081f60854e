import { readFile } from "node:fs/promises";
import path from "node:path";
import { DEFAULT_LIMITS, NpzError, type NumericNpyArray, parseNpy, readNpz } from "../../npz";
import type { NdArray } from "../../protocol/ndArray";
import { UserError } from "../errors";
import { fileSystemError } from "../fileSystemError";

/**
 * The array of an .npz that holds one, or one named `x`, or of an .npy.
 *
 * @throws UserError where there is none.
 */
export async function readArrayFile(file: string): Promise<NdArray> {
  try {
    const bytes = await readFile(file);
    const array = file.toLowerCase().endsWith(".npy") ? parseNpy(bytes, path.basename(file)) : choose(bytes, file);
    if (array.kind !== "numeric") throw new NpzError("it holds text, not numbers");
    if (array.shape.length === 0) throw new NpzError("it holds a single number, not rows");
    return { data: Float32Array.from(array.data), shape: array.shape };
  } catch (error) {
    if (error instanceof NpzError) {
      throw new UserError(
        `${file} cannot be used: ${error.message}.`.replace(/\.\.$/, "."),
        "Write it with numpy.savez(file, x=rows), rows of shape [n, ...features].",
        { cause: error },
      );
    }
    throw fileSystemError(error, `${file} cannot be read`);
  }
}

function choose(bytes: Uint8Array, file: string): NumericNpyArray {
  const arrays = readNpz(bytes, DEFAULT_LIMITS);
  const array = arrays.get("x") ?? (arrays.size === 1 ? [...arrays.values()][0] : undefined);
  if (!array) {
    const names = [...arrays.keys()].join(", ") || "none";
    throw new NpzError(`it should hold one array, or one named x; its arrays: ${names}`);
  }
  if (array.kind !== "numeric") throw new NpzError(`the array in ${path.basename(file)} holds text, not numbers`);
  return array;
}
