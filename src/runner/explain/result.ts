/** What all methods share on the way from an explainer's numbers to an explanation. */
import type { ExplanationFrame } from "../../npz";
import type { ExplanationMeta } from "../../protocol/explanation";
import { sizeOf } from "../../protocol/ndArray";
import { type Attributions, ExplainerOptionError, NotLinearError, UnsupportedLayerError } from "../../shap";
import { StoppedError, UserError } from "../errors";

export interface Watched {
  stopRequested: () => boolean;
  /** Called 10 times a second at most, and at the end. */
  progress: (fraction: number) => void;
}

const PROGRESS_INTERVAL = 100;

/**
 * Runs an explainer with progress, and stops it where that is asked for.
 *
 * @throws StoppedError. @throws UserError for what the explainer says of its input.
 */
export async function explainWatched<Result>(
  { stopRequested, progress }: Watched,
  explain: (watch: { onProgress: (fraction: number) => void; signal: AbortSignal }) => Promise<Result>,
): Promise<{ result: Result; seconds: number }> {
  const begun = performance.now();
  const abort = new AbortController();
  let reported = -Infinity;
  const onProgress = (fraction: number): void => {
    if (stopRequested()) abort.abort(new StoppedError("Stopped; nothing was written."));
    const now = performance.now();
    if (fraction < 1 && now - reported < PROGRESS_INTERVAL) return;
    reported = now;
    progress(fraction);
  };
  onProgress(0);
  try {
    const result = await explain({ onProgress, signal: abort.signal });
    // A stop during the last chunk.
    abort.signal.throwIfAborted();
    return { result, seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    throw inWords(error);
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof UnsupportedLayerError) {
    return new UserError(error.message, `Layers that can be explained: ${error.supported.join(", ")}.`, {
      cause: error,
    });
  }
  if (error instanceof NotLinearError)
    return new UserError(error.message, "Take another method; permutation explains any model.", { cause: error });
  if (error instanceof RangeError || error instanceof ExplainerOptionError)
    return new UserError(error.message, undefined, { cause: error });
  return error;
}

/** What an explanation has besides numbers. */
interface Described {
  data?: Float32Array;
  featureNames?: readonly string[];
  outputNames?: readonly string[];
  meta: ExplanationMeta;
}

export function asExplanation(
  result: Omit<Attributions, "values" | "expectedValue">,
  described: Described,
): ExplanationFrame {
  const { samples, featureShape, outputs, baseValues, predictions, additivityError, outputIndexes } = result;
  return {
    samples,
    featureShape,
    features: sizeOf(featureShape),
    outputs,
    baseValues,
    ...(described.data ? { data: described.data } : {}),
    featureNames: featureNames(described.featureNames, featureShape),
    outputNames: outputIndexes
      ? Array.from({ length: outputs }, (_, k) => `Rank ${k + 1}`)
      : outputNames(described.outputNames, outputs),
    predictions: Float64Array.from(predictions),
    meta: {
      ...described.meta,
      additivityError,
      ...(outputIndexes ? { outputIndexes: Array.from(outputIndexes) } : {}),
    },
  };
}

function featureNames(given: readonly string[] | undefined, shape: readonly number[]): readonly string[] {
  const features = sizeOf(shape);
  if (given?.length === features) return given;
  const [, width, channels] = shape;
  return Array.from({ length: features }, (_, i) => {
    if (shape.length !== 3) return `Feature ${i}`;
    const pixel = Math.floor(i / channels);
    const place = `row ${Math.floor(pixel / width)}, column ${pixel % width}`;
    return channels === 1 ? place : `${place}, channel ${i % channels}`;
  });
}

function outputNames(given: readonly string[] | undefined, outputs: number): readonly string[] {
  return given?.length === outputs ? given : Array.from({ length: outputs }, (_, i) => `Output ${i}`);
}
