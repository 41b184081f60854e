/** From a model and its inputs to an explanation in memory. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import type { Explanation } from "../../protocol/explanation";
import { DeepExplainer, UnsupportedLayerError, readWeights } from "../../shap";
import { StoppedError, UserError } from "../errors";
import type { Inputs } from "./inputs";
import { outputKind } from "./outputKind";
import { classesOf } from "./rows";

export interface ComputeOptions {
  chunkMB: number;
  /** For the explanation's meta, as are `backend` and `model`. */
  seed: number;
  backend: string;
  model: string;
  stopRequested: () => boolean;
  /** Called 10 times a second at most, and at the end. */
  progress: (fraction: number) => void;
}

const PROGRESS_INTERVAL = 100;

/**
 * @throws UserError where the model cannot be explained or the inputs do not fit it.
 * @throws StoppedError where a stop was asked for.
 */
export async function computeExplanation(
  model: LayersModel,
  inputs: Inputs,
  options: ComputeOptions,
): Promise<Explanation> {
  if (model.inputs.length !== 1) {
    throw new UserError(
      `The model has ${model.inputs.length} inputs; "explain" takes models of one.`,
      "Give the model one input that holds all of them.",
    );
  }
  checkRows(model, inputs.samples, "samples");
  checkRows(model, inputs.background, "background");
  const begun = performance.now();
  const abort = new AbortController();
  let reported = -Infinity;
  const onProgress = (fraction: number): void => {
    if (options.stopRequested()) abort.abort(new StoppedError("Stopped; nothing was written."));
    const now = performance.now();
    if (fraction < 1 && now - reported < PROGRESS_INTERVAL) return;
    reported = now;
    options.progress(fraction);
  };
  onProgress(0);
  await readWeights(model);
  const explainer = makeExplainer(model, inputs.background);
  try {
    const { chunkMB } = options;
    const result = await explainer.shapValues(inputs.samples, { chunkMB, onProgress, signal: abort.signal });
    // A stop during the last chunk.
    abort.signal.throwIfAborted();
    const { samples, featureShape, outputs, values, expectedValue, predictions, additivityError } = result;
    const features = sizeOf(featureShape);
    const targets = inputs.targets && classesOf(inputs.targets, outputs);
    const baseValues = Float64Array.from({ length: samples * outputs }, (_, i) => expectedValue[i % outputs]);
    return {
      samples,
      featureShape,
      features,
      outputs,
      values,
      baseValues,
      data: (inputs.raw ?? inputs.samples).data,
      featureNames: featureNames(inputs.featureNames, featureShape),
      outputNames: outputNames(inputs.classNames ?? inputs.targetNames, outputs),
      predictions: Float64Array.from(predictions),
      meta: {
        method: "deep",
        background: inputs.background.shape[0],
        seed: options.seed,
        backend: options.backend,
        seconds: (performance.now() - begun) / 1000,
        additivityError,
        model: options.model,
        sampleIndices: inputs.sampleIndices,
        ...(targets ? { labels: targets } : {}),
        outputKind: outputKind(model, targets !== undefined),
      },
    };
  } finally {
    explainer.dispose();
  }
}

function makeExplainer(model: LayersModel, background: NdArray): DeepExplainer {
  try {
    return new DeepExplainer(model, background);
  } catch (error) {
    if (error instanceof UnsupportedLayerError) {
      throw new UserError(error.message, `Layers that can be explained: ${error.supported.join(", ")}.`, {
        cause: error,
      });
    }
    if (error instanceof RangeError) throw new UserError(error.message, undefined, { cause: error });
    throw error;
  }
}

/** @throws UserError where rows are no inputs of the model. */
function checkRows(model: LayersModel, { shape }: NdArray, what: string): void {
  const wanted = model.inputs[0].shape;
  const fits =
    wanted.length === shape.length && wanted.every((n, axis) => axis === 0 || n === null || n === shape[axis]);
  if (fits && shape[0] > 0) return;
  throw new UserError(
    `The ${what} have the shape [${shape.join(", ")}]; the model takes [n, ${wanted.slice(1).join(", ")}].`,
    shape[0] === 0 ? "Give at least one row." : "Give rows in the shape of the model's input.",
  );
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
