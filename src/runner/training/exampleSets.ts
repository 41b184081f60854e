/** A split as the loop takes it, batch by batch: from the device, or from a source that reads as it goes. */
import * as tf from "@tensorflow/tfjs-core";
import type { Batch } from "../../data/augment/augmentation";
import { DataError } from "../../data/dataError";
import { type ExampleSource, type Inputs, isSource, readRows, takeRows } from "../../data/inputs";
import type { Split } from "../../data/trainingData";
import type { NdArray } from "../../protocol/ndArray";
import { UserError } from "../errors";
import { Examples } from "./examples";

export interface ExampleSet {
  readonly count: number;
  /** The rows of an order, `size` at a time; the caller disposes each batch. */
  batches(order: Uint32Array, size: number): Iterable<Batch> | AsyncIterable<Batch>;
  /** All rows as they stand, `size` at a time; the caller disposes each batch. */
  inOrder(size: number): Iterable<Batch> | AsyncIterable<Batch>;
  dispose(): void;
}

export function openExamples({ x, y }: Split<Inputs>): ExampleSet {
  return isSource(x) ? new StreamedExamples(x, y) : new Examples({ x, y });
}

/** @throws UserError where the rows cannot be read, for a reason that the data's author can mend. */
export async function readExamples(x: Inputs, rows: readonly number[]): Promise<NdArray> {
  try {
    return await readRows(x, rows);
  } catch (error) {
    if (error instanceof DataError) throw new UserError(error.message, error.advice, { cause: error });
    throw error;
  }
}

/** While one batch is computed the next is read: two are in memory, however many there are. */
class StreamedExamples implements ExampleSet {
  readonly count: number;

  constructor(
    private readonly x: ExampleSource,
    private readonly y: NdArray,
  ) {
    this.count = x.shape[0];
  }

  async *batches(order: Uint32Array, size: number): AsyncGenerator<Batch> {
    const read = (from: number): Promise<NdArray> | undefined => {
      if (from >= order.length) return undefined;
      const reading = readExamples(this.x, Array.from(order.subarray(from, from + size)));
      // What it throws is thrown when it is awaited; where the loop ends before, nobody asks.
      reading.catch(() => undefined);
      return reading;
    };
    let next = read(0);
    for (let from = 0; next; from += size) {
      const x = await next;
      next = read(from + size);
      const y = takeRows(this.y, Array.from(order.subarray(from, from + size)));
      yield { x: tf.tensor(x.data, [...x.shape]), y: tf.tensor(y.data, [...y.shape]) };
    }
  }

  inOrder(size: number): AsyncGenerator<Batch> {
    return this.batches(
      Uint32Array.from({ length: this.count }, (_, row) => row),
      size,
    );
  }

  dispose(): void {
    // Nothing lies on the device.
  }
}
