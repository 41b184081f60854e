/** How much is worked on at once, so that the arrays of an explanation fit into the memory that it may take. */
import { sizeOf } from "../../protocol/ndArray";
import { madeBy } from "./builder";
import type { Graph } from "./graph";

export interface Plan {
  /** Rows of a block of samples: they pass forward together. */
  samples: number;
  /** Rows of a block of references. */
  references: number;
  /** So many references' passes are kept for the next block of samples and the next call; the others are made again. */
  kept: number;
  /** Pairs (sample, reference) of a chunk: their multipliers pass backward together. */
  pairs: number;
}

/** Larger chunks are no faster: their arrays leave the processor's cache. */
const ENOUGH_MB = 16;
/** Larger blocks of samples are no faster. */
const MOST_SAMPLES = 32;
/** Parts of the memory: for passes that are kept, for the pass that is being made, for the samples, for a chunk. */
const SHARES = { kept: 1 / 2, pass: 1 / 4, samples: 1 / 8, chunk: 1 / 8 };

const FLOAT_BYTES = 4;

/**
 * Divides the memory. At least one row, and one pair, are always worked on at once: what they need is taken in any case.
 *
 * @param chunkMB MiB for all arrays but the model, its inputs and the result.
 */
export function planBlocks(graph: Graph, chunkMB: number, samples: number, references: number): Plan {
  const { operations, shapes } = graph;
  const sizes = shapes.map(sizeOf);
  const outputs = sizes[graph.output];
  const bytes = chunkMB * 2 ** 20;
  const fitting = (share: number, each: number): number => Math.max(1, Math.floor((bytes * share) / each));

  // The inputs, the output, and either slopes at the input or places of maxima for the output.
  const activity =
    FLOAT_BYTES *
    operations.reduce((sum, operation) => {
      if (operation.kind === "split" || !operation.rule.observe) return sum;
      const read = operation.inputs.reduce((total, input) => total + sizes[input], 0);
      const made = sizes[operation.output];
      return sum + Math.max(2 * read + made, read + 2 * made);
    }, outputs);
  const live = liveUnits(graph, sizes);
  // What an operation needs besides: before its bias is added, and for the derivative.
  const made = operations.map((operation) => madeBy(operation).reduce((total, array) => total + sizes[array], 0));
  const features = sizes.slice(0, graph.inputs).reduce((total, size) => total + size, 0);
  const work = FLOAT_BYTES * live.reduce((most, units, i) => Math.max(most, units + 3 * made[i]), features);
  const sums = 2 * FLOAT_BYTES * features * outputs;
  // A chunk's arrays, and their copies on the backend.
  const pair = FLOAT_BYTES * 2 * (outputs + 1) * live.reduce((most, units) => Math.max(most, units), 1);

  const rows = fitting(SHARES.pass, activity + work);
  const pairs = Math.min(fitting(SHARES.chunk, pair), Math.max(1, Math.floor((ENOUGH_MB * 2 ** 20) / pair)));
  return {
    samples: Math.min(samples, rows, pairs, MOST_SAMPLES, fitting(SHARES.samples, activity + sums)),
    references: Math.min(references, rows),
    kept: Math.floor((bytes * SHARES.kept) / activity),
    pairs,
  };
}

/** For each operation, the units of all arrays that are needed while it is computed, forward or backward. */
function liveUnits({ operations, inputs, lastReaders }: Graph, sizes: number[]): number[] {
  const live = operations.map(() => 0);
  const add = (array: number, from: number): void => {
    const to = Math.min(lastReaders[array] ?? from, operations.length - 1);
    for (let at = from; at <= to; at++) live[at] += sizes[array];
  };
  for (let input = 0; input < inputs; input++) add(input, 0);
  operations.forEach((operation, at) => madeBy(operation).forEach((array) => add(array, at)));
  return live;
}
