/** Inputs of a split: an array in memory, or a source that reads examples as they are asked for. */
import { createHash } from "node:crypto";
import { type NdArray, sizeOf } from "../protocol/ndArray";
import { DataError } from "./dataError";

/**
 * Examples that are read when they are needed, for sets larger than memory. Any example can be asked for at any time, so that
 * an epoch can be shuffled and a stopped one resumed.
 */
export interface ExampleSource {
  /** [examples, ...inputShape]. */
  readonly shape: readonly number[];
  /** The examples of these numbers, in this order: [rows.length, ...inputShape], row-major. The same each time. */
  read(rows: readonly number[]): Float32Array | Promise<Float32Array>;
  /** Changes with what is read: files, their sizes and times, and options. Without it nothing is kept for later runs. */
  readonly version?: string;
}

export type Inputs = NdArray | ExampleSource;

export function isSource(inputs: Inputs): inputs is ExampleSource {
  return "read" in inputs;
}

/** The rows of an array, in this order. */
export function takeRows({ data, shape }: NdArray, rows: readonly number[]): NdArray {
  const width = sizeOf(shape.slice(1));
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, i) => taken.set(data.subarray(row * width, (row + 1) * width), i * width));
  return { data: taken, shape: [rows.length, ...shape.slice(1)] };
}

/**
 * The rows of inputs of either kind, in this order.
 *
 * @throws DataError where a source gives another number of values than its shape says; and what the source throws.
 */
export async function readRows(inputs: Inputs, rows: readonly number[]): Promise<NdArray> {
  if (!isSource(inputs)) return takeRows(inputs, rows);
  const shape = [rows.length, ...inputs.shape.slice(1)];
  const data: unknown = await inputs.read(rows);
  if (data instanceof Float32Array && data.length === sizeOf(shape)) return { data, shape };
  const given = data instanceof Float32Array ? `${data.length} numbers` : typeof data;
  throw new DataError(
    `A source of examples gave ${given} for ${rows.length} rows of shape [${shape.slice(1).join(", ")}].`,
    `Its read(rows) returns a Float32Array of ${sizeOf(shape)} numbers for so many.`,
  );
}

/** Some of a source's examples, by their numbers there. */
export function partOf(source: ExampleSource, rows: readonly number[]): ExampleSource {
  const numbers = Uint32Array.from(rows);
  return {
    shape: [numbers.length, ...source.shape.slice(1)],
    read: (wanted) => source.read(wanted.map((row) => numbers[row])),
    ...(source.version === undefined
      ? {}
      : { version: `${source.version} ${createHash("sha256").update(new Uint8Array(numbers.buffer)).digest("hex")}` }),
  };
}
