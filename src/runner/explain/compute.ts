/** From a model and its inputs to an explanation, whose values are taken as they come. */
import type { ModelMethod } from "../../protocol/explainMethods";
import type { ExplanationFrame } from "../../npz";
import type { NdArray } from "../../protocol/ndArray";
import { logitsModel, modelPredictor } from "../../shap";
import { UserError } from "../errors";
import { type TakeValues, explainBlocks } from "./blocks";
import type { Inputs } from "./inputs";
import { judge, type JudgeChoice, judgedParts, judgedRows } from "./judge";
import type { Explainable } from "./explainable";
import { MODEL_METHODS, type Method, type MethodWork } from "./methods";
import type { Parameters } from "./parameters";
import { type Watched, asExplanation, explainWatched } from "./result";
import { classesOf } from "./rows";

export interface ComputeOptions extends Watched {
  method: ModelMethod;
  parameters: Parameters;
  chunkMB: number;
  seed: number;
  /** For the explanation's meta, as is `model`. */
  backend: string;
  model: string;
  /** Which judges score it. */
  judges?: JudgeChoice;
  takeValues: TakeValues;
}

/**
 * @returns the explanation but for its values, which have been taken.
 * @throws UserError where the model cannot be explained or the inputs do not fit it.
 * @throws StoppedError where a stop was asked for.
 */
export async function computeExplanation(
  model: Explainable,
  inputs: Inputs,
  options: ComputeOptions,
): Promise<ExplanationFrame> {
  checkRows(model, inputs.samples, "samples");
  checkRows(model, inputs.background, "background");
  const { chunkMB, seed, method, parameters } = options;
  const explain = explainBy(method, model);
  const { samples, background } = inputs;
  const { predictor, layers } = model;
  const { rankedOutputs: outputs = predictor.outputs, interactions: pairs = false } = parameters;
  const keep = options.judges ? judgedRows(samples.shape[0]) : [];
  const { result, seconds } = await explainWatched(
    { ...options, progress: judgedParts(options).explaining },
    ({ onProgress, signal }) =>
      explainBlocks(
        samples,
        { outputs, pairs, chunkMB, keep, onProgress, takeValues: options.takeValues },
        (block, told) =>
          explain({ predictor, samples: block, background, parameters, options: { seed, signal, ...told } }),
      ),
  );
  const judged = options.judges
    ? await judge(options.judges, {
        ...{ ...options, samples, background, result },
        // LinearExplainer explains what comes before the last activation.
        predictor: method === "linear" && layers ? modelPredictor(logitsModel(layers) ?? layers) : predictor,
        explainAgain: async (x, references, watch) => {
          const { rankedOutputs: _, outputRankOrder: __, ...rest } = parameters;
          const work = { predictor, samples: x, background: references, parameters: rest };
          return (await explain({ ...work, options: { chunkMB, seed, firstSample: 0, ...watch } })).values;
        },
      })
    : undefined;
  const ranked = parameters.rankedOutputs !== undefined;
  const targets = inputs.targets && !ranked ? classesOf(inputs.targets, result.outputs) : undefined;
  const names = inputs.classNames ?? inputs.targetNames;
  const explanation = asExplanation(result, {
    // Values of pairs have no single features to show.
    ...(parameters.interactions ? {} : { data: (inputs.raw ?? samples).data }),
    ...(inputs.featureNames && !parameters.interactions ? { featureNames: inputs.featureNames } : {}),
    ...(names ? { outputNames: names } : {}),
    meta: {
      method,
      background: background.shape[0],
      seed,
      backend: options.backend,
      seconds,
      model: options.model,
      sampleIndices: inputs.sampleIndices,
      ...(Object.keys(parameters).length > 0 ? { parameters: { ...parameters } } : {}),
      ...(targets ? { labels: targets } : {}),
      // LinearExplainer explains what comes before the last activation.
      outputKind:
        method === "linear" ? "raw" : parameters.link === "logit" ? "logit" : model.outputKind(targets !== undefined),
      ...(judged ? { judgement: judged.judgement } : {}),
    },
  });
  return { ...explanation, ...judged?.bounds };
}

/** @throws UserError where the method takes layers, and the model has none. */
function explainBy(name: ModelMethod, { layers }: Explainable): (work: MethodWork) => ReturnType<Method["explain"]> {
  const method: Method = MODEL_METHODS[name];
  if (method.needs === "answers") return (work) => method.explain(work);
  if (layers) return (work) => method.explain({ ...work, model: layers });
  const others = Object.entries(MODEL_METHODS).filter(([, { needs }]) => needs === "answers");
  throw new UserError(
    `--method ${name} looks into a model's layers, and a graph has none.`,
    `Write --method ${others.map(([each]) => each).join(", ")}: these ask it for answers only.`,
  );
}

/** @throws UserError where rows are no inputs of the model. */
function checkRows({ inputShape: wanted }: Explainable, { shape }: NdArray, what: string): void {
  const fits =
    wanted.length === shape.length && wanted.every((n, axis) => axis === 0 || n === null || n === shape[axis]);
  if (fits && shape[0] > 0) return;
  throw new UserError(
    `The ${what} have the shape [${shape.join(", ")}]; the model takes [n, ${wanted
      .slice(1)
      .map((n) => n ?? "any")
      .join(", ")}].`,
    shape[0] === 0 ? "Give at least one row." : "Give rows in the shape of the model's input.",
  );
}
