/** What kernels.as exports, for the threads that share its work. */

/** Loops that can be cut into parts: they take addresses and sizes, then the thread, the part and the number of parts. */
export const SHARED_LOOPS = [
  "gemm",
  "convolve",
  "kernelGradient",
  "stridedInputGradient",
  "depthwiseGradient",
  "maxPoolGradient",
  "addBias",
  "byRow",
  "normalize",
  "clip",
  "clipGradient",
  "tanh",
  "transform",
] as const;
export type SharedLoop = (typeof SHARED_LOOPS)[number];

export type Loop = (...addressesAndSizes: number[]) => void;

export interface Loops extends Record<SharedLoop, Loop> {
  /** Floats of scratch that a thread wants. */
  gemmScratch: () => number;
  patchesScratch: (...sizes: number[]) => number;
  packKernel: Loop;
  turnKernel: Loop;
  nonZeros: (address: number, count: number) => number;
  columnSums: Loop;
}

/** An instance of the loops on a heap. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Loops {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Loops;
}

/** Of the words that threads talk by. */
export const WORDS = {
  /** Parts not yet taken in the low 8 bits, above them the job's number: whoever counts it down has the part of that number. */
  ticket: 0,
  /** Parts that are done. */
  done: 1,
  /** Threads that wait for a ticket. */
  asleep: 2,
  /** Threads that have started. */
  ready: 3,
  /** Parts that failed. */
  failed: 4,
} as const;
export const MOST_PARTS = 255;

/** Numbers of a job: the loop's index in SHARED_LOOPS, the number of parts, the number of arguments, then these. */
export const JOB_SIZE = 64;

/** What a thread is given at its start. */
export interface ThreadStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  words: Int32Array;
  job: Float64Array;
  /** From 1: the main thread is 0. */
  thread: number;
}

/**
 * Takes a part of the job at hand.
 *
 * @returns its number, from 0; -1 where none is left.
 */
export function takePart(words: Int32Array): number {
  for (;;) {
    const ticket = Atomics.load(words, WORDS.ticket);
    const left = ticket & MOST_PARTS;
    if (left === 0) return -1;
    if (Atomics.compareExchange(words, WORDS.ticket, ticket, ticket - 1) === ticket) return left - 1;
  }
}

/** Does a part of the job at hand, and counts it. */
export function doPart(loops: Loops, words: Int32Array, job: Float64Array, thread: number, part: number): void {
  try {
    const [loop, parts, count] = job;
    loops[SHARED_LOOPS[loop]](...job.subarray(3, 3 + count), thread, part, parts);
  } catch {
    Atomics.add(words, WORDS.failed, 1);
  }
  Atomics.add(words, WORDS.done, 1);
  Atomics.notify(words, WORDS.done);
}
