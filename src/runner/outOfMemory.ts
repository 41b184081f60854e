/** Running out of memory, told apart from other failures, and said in words that help. */
import * as tf from "@tensorflow/tfjs-core";
import { formatBytes } from "../protocol/numbers";
import { UserError } from "./errors";
import { type MemoryNeeds, stepBytes, stepExamples } from "./training/memory";

/** How backends and V8 say it. */
const SAYINGS = [
  // V8, for arrays of the cpu backend.
  /Array buffer allocation failed/,
  /Invalid typed array length/,
  // WebAssembly: backends/wasm/allocations.ts, Emscripten, and code that writes through a null pointer.
  /WebAssembly memory is full/,
  /Cannot enlarge memory/,
  /abort(ed)?\(OOM\)/i,
  /memory access out of bounds/,
  // TensorFlow's C library.
  /OOM when allocating/,
  /resource_?\s?exhausted/i,
  /bad_alloc/,
  // WebGPU, as its backend says it.
  /not enough memory/i,
  /out of memory/i,
];

/** Whether an error, or what caused it, says that memory ran out. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return SAYINGS.some((saying) => saying.test(error.message)) || isOutOfMemory(error.cause);
}

/**
 * A failure of training from lack of memory as an error that names the batch size and what a step needs; any other
 * error as it is.
 */
export function explainOutOfMemory(error: unknown, needs: MemoryNeeds, batchSize: number): unknown {
  if (!isOutOfMemory(error)) return error;
  return new UserError(
    `The memory does not suffice for batchSize ${batchSize}: ${inWords(needs, batchSize)}. The backend "${tf.getBackend()}" says: ${firstLine(error)}`,
    advice(needs, batchSize),
    { cause: error },
  );
}

/**
 * A warning where a step needs more than the machine has: the system may end the process, which then can say nothing.
 *
 * @param available bytes.
 */
export function memoryWarning(needs: MemoryNeeds, batchSize: number, available: number): string | undefined {
  if (stepBytes(needs, batchSize) <= available) return undefined;
  return `The memory of this machine, ${formatBytes(available)}, may not suffice for batchSize ${batchSize}: ${inWords(needs, batchSize)}. ${advice(needs, batchSize)}`;
}

function inWords(needs: MemoryNeeds, batchSize: number): string {
  const examples = stepExamples(needs, batchSize);
  const parts = [
    `activations and their gradients ${formatBytes(needs.example * examples)}`,
    `weights, their gradients and the optimizer's state ${formatBytes(needs.weights)}`,
    `data ${formatBytes(needs.data)}`,
  ];
  return `a step of ${examples} examples needs about ${formatBytes(stepBytes(needs, batchSize))} (${parts.join("; ")})`;
}

function advice(needs: MemoryNeeds, batchSize: number): string {
  const examples = stepExamples(needs, batchSize);
  const activations = needs.example * examples;
  const ways = [
    ...(needs.data >= activations ? ["load fewer examples in data(), or smaller ones"] : []),
    ...(needs.weights >= activations || examples === 1 ? ["give the layers fewer units or filters"] : []),
    ...(examples > 1 ? [`halve the batchSize: --set batchSize=${Math.floor(examples / 2)}`] : []),
  ];
  const text = ways.join(", or ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.trim();
}
