/** Explains samples a block at a time: of many, no more values are held than the memory allows. */
import { MessageChannel } from "node:worker_threads";
import type { ValueLayout } from "../../npz";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { type Attributions, additivityErrors } from "../../shap";

/** Of the memory to take, the part that may be values which wait to be written. */
const SHARE_OF_VALUES = 1 / 8;

/** Takes the values of the samples that follow: [its samples, ...featureShape, outputs]. They are gone when it has. */
export type TakeValues = (block: Float32Array, whole: ValueLayout) => Promise<void>;

/** What an explainer found, but for the values. */
export interface Explained extends Omit<Attributions, "values" | "expectedValue"> {
  /** Mean of |sum(phi) + base - f(x)| over samples and outputs. */
  meanAdditivityError: number;
  /** The values of the samples that were to be kept: [rows, ...featureShape, outputs]. */
  kept: { rows: readonly number[]; values: Float32Array };
}

export interface BlockOptions {
  /** Values of each feature: as many as outputs that are explained. */
  outputs: number;
  /** Whether values are of pairs of features. */
  pairs: boolean;
  /** Memory in MiB. */
  chunkMB: number;
  /** Samples whose values are kept, ascending. */
  keep: readonly number[];
  onProgress: (fraction: number) => void;
  takeValues: TakeValues;
}

/** What an explainer is told of a block. */
export interface BlockWork {
  firstSample: number;
  /** Memory in MiB beside the values. */
  chunkMB: number;
  onProgress: (fraction: number) => void;
}

/** @param explain its values of a sample must not depend on which others are explained with it. */
export async function explainBlocks(
  samples: NdArray,
  { outputs, pairs, chunkMB, keep, onProgress, takeValues }: BlockOptions,
  explain: (block: NdArray, work: BlockWork) => Promise<Attributions>,
): Promise<Explained> {
  const [count, ...shape] = samples.shape;
  const features = sizeOf(shape);
  const megabytes = (4 * features * outputs * (pairs ? features : 1)) / 2 ** 20;
  const atOnce = Math.min(count, Math.max(1, Math.floor((SHARE_OF_VALUES * chunkMB) / megabytes)));
  // A sample that is wider than the memory is explained all the same.
  const beside = Math.max(chunkMB - atOnce * megabytes, chunkMB / 2);
  let whole: Explained | undefined;
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(from + atOnce, count);
    const block = { data: samples.data.subarray(from * features, to * features), shape: [to - from, ...shape] };
    const part = await explain(block, {
      firstSample: from,
      chunkMB: beside,
      onProgress: (fraction) => onProgress((from + fraction * (to - from)) / count),
    });
    whole ??= roomFor(count, part, keep);
    enter(whole, part, from);
    await takeValues(part.values, whole);
    release(part.values);
  }
  if (!whole) throw new RangeError("There are no samples to explain.");
  return whole;
}

/** Gives an array's memory back now, by sending it nowhere: V8 lets tens of MiB of such garbage gather. */
function release({ buffer }: Float32Array): void {
  const { port1 } = new MessageChannel();
  port1.close();
  port1.postMessage(buffer, [buffer as ArrayBuffer]);
}

function roomFor(
  samples: number,
  { featureShape, outputs, outputIndexes }: Attributions,
  keep: readonly number[],
): Explained {
  const answers = samples * outputs;
  return {
    ...{ samples, featureShape, outputs },
    baseValues: new Float64Array(answers),
    predictions: new Float32Array(answers),
    ...(outputIndexes ? { outputIndexes: new Int32Array(answers) } : {}),
    additivityError: 0,
    meanAdditivityError: 0,
    kept: { rows: keep, values: new Float32Array(keep.length * sizeOf(featureShape) * outputs) },
  };
}

function enter(whole: Explained, part: Attributions, from: number): void {
  const { samples, outputs, kept } = whole;
  const at = from * outputs;
  whole.baseValues.set(part.baseValues, at);
  whole.predictions.set(part.predictions, at);
  if (part.outputIndexes) whole.outputIndexes?.set(part.outputIndexes, at);
  // A NaN stays: Math.max passes it on.
  whole.additivityError = Math.max(whole.additivityError, part.additivityError);
  const errors = additivityErrors([part.values], part.baseValues, part.predictions, outputs);
  whole.meanAdditivityError += errors.reduce((sum, error) => sum + error, 0) / (samples * outputs);
  const width = part.values.length / part.samples;
  kept.rows.forEach((row, n) => {
    if (row < from || row >= from + part.samples) return;
    kept.values.set(part.values.subarray((row - from) * width, (row - from + 1) * width), n * width);
  });
}
