/** The methods of `trainlens explain`: what each is called, which options it has, and how it computes. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { MethodName, ModelMethod } from "../../protocol/explainMethods";
import type { NdArray } from "../../protocol/ndArray";
import {
  type Attributions,
  DeepExplainer,
  ExactExplainer,
  type FamilyOptions,
  GradientExplainer,
  IntegratedGradients,
  KernelExplainer,
  LinearExplainer,
  OcclusionExplainer,
  PartitionExplainer,
  PermutationExplainer,
  type Predictor,
  SamplingExplainer,
  logitsModel,
  modelPredictor,
  parseL1Reg,
  readLinearModel,
} from "../../shap";
import { UsageError } from "../errors";
import { LIME_TABLE_PARAMETERS, explainByLime } from "./lime";
import { hierarchicalMasker, masker } from "./maskers";
import type { Parameters } from "./parameters";

/** What a method computes from. */
export interface MethodWork {
  predictor: Predictor;
  samples: NdArray;
  background: NdArray;
  parameters: Parameters;
  options: Required<Pick<FamilyOptions, "chunkMB" | "seed" | "firstSample" | "onProgress" | "signal">>;
}

interface MethodFacts {
  /** For the help. */
  title: string;
  /** The parameters that it takes. */
  takes: readonly (keyof Parameters)[];
  /** Whether its values depend on the seed, beyond the rows of the background. */
  draws: boolean;
}

/** It asks a model for answers only. */
interface AnswersMethod extends MethodFacts {
  needs: "answers";
  explain: (work: MethodWork) => Promise<Attributions>;
}
/** It looks into a model. */
interface LayersMethod extends MethodFacts {
  needs: "layers";
  explain: (work: MethodWork & { model: LayersModel }) => Promise<Attributions>;
}
export type Method = AnswersMethod | LayersMethod;

const ranking = ["rankedOutputs", "outputRankOrder"] as const;

/** Methods that explain a model by its answers or its layers. */
export const MODEL_METHODS = {
  deep: {
    needs: "layers",
    title: "DeepExplainer: DeepLIFT's rescale rule, averaged over the background",
    takes: [...ranking],
    draws: false,
    explain: async ({ model, background, samples, parameters, options }) => {
      const explainer = new DeepExplainer(model, background);
      try {
        return await explainer.shapValues(samples, { ...options, ...parameters });
      } finally {
        explainer.dispose();
      }
    },
  },
  gradient: {
    needs: "layers",
    title: "GradientExplainer: expected gradients",
    takes: ["nsamples", "localSmoothing", ...ranking],
    draws: true,
    explain: ({ model, background, samples, parameters, options }) =>
      new GradientExplainer(model, background).shapValues(samples, { ...options, ...parameters }),
  },
  "integrated-gradients": {
    needs: "layers",
    title: "integrated gradients from the background's mean",
    takes: ["nsamples", ...ranking],
    draws: false,
    explain: ({ model, background, samples, parameters, options }) =>
      new IntegratedGradients(model, background).shapValues(samples, { ...options, ...parameters }),
  },
  kernel: {
    needs: "answers",
    title: "KernelExplainer: a weighted regression over coalitions",
    takes: ["nsamples", "l1Reg", "patch", "masker", "link"],
    draws: true,
    explain: ({ predictor, samples, options, parameters: { nsamples, l1Reg, link, ...rest }, background }) =>
      new KernelExplainer(predictor, masker(background, rest)).shapValues(samples, {
        ...options,
        ...(nsamples === undefined ? {} : { nsamples }),
        ...(link === undefined ? {} : { link }),
        ...(l1Reg === undefined ? {} : { l1Reg: parseL1Reg(l1Reg) }),
      }),
  },
  permutation: {
    needs: "answers",
    title: "PermutationExplainer: orders of the features, forward and backward",
    takes: ["maxEvals", "patch", "masker", "link"],
    draws: true,
    explain: ({ predictor, background, samples, parameters, options }) =>
      new PermutationExplainer(predictor, masker(background, parameters)).shapValues(samples, {
        ...options,
        ...parameters,
      }),
  },
  exact: {
    needs: "answers",
    title: "ExactExplainer: every coalition, up to 16 features or patches",
    takes: ["maxEvals", "patch", "masker", "link", "interactions"],
    draws: false,
    explain: ({ predictor, background, samples, parameters: { interactions = false, ...parameters }, options }) => {
      const explainer = new ExactExplainer(predictor, masker(background, parameters));
      const all = { ...options, ...parameters };
      return interactions ? explainer.shapInteractionValues(samples, all) : explainer.shapValues(samples, all);
    },
  },
  sampling: {
    needs: "answers",
    title: "SamplingExplainer: random orders, one feature at a time",
    takes: ["nsamples", "patch", "masker", "link"],
    draws: true,
    explain: ({ predictor, background, samples, parameters, options }) =>
      new SamplingExplainer(predictor, masker(background, parameters)).shapValues(samples, {
        ...options,
        ...parameters,
      }),
  },
  partition: {
    needs: "answers",
    title:
      "PartitionExplainer: Owen values in a hierarchy, of correlated features or of a picture halved again and again",
    takes: ["maxEvals", "blur", "maskValue", "masker", "link"],
    draws: false,
    explain: ({ predictor, background, samples, parameters, options }) =>
      new PartitionExplainer(predictor, hierarchicalMasker(background, parameters)).shapValues(samples, {
        ...options,
        ...parameters,
      }),
  },
  occlusion: {
    needs: "answers",
    title: "what hiding one feature or patch takes from the output; no Shapley values",
    takes: ["patch", "masker"],
    draws: false,
    explain: ({ predictor, background, samples, parameters, options }) =>
      new OcclusionExplainer(predictor, masker(background, parameters)).shapValues(samples, options),
  },
  lime: {
    needs: "answers",
    title:
      "LIME: a ridge regression on which features or patches are shown, or, of tables, on rows drawn near a sample; no Shapley values",
    takes: ["nsamples", "patch", "kernelWidth", ...LIME_TABLE_PARAMETERS],
    draws: true,
    explain: explainByLime,
  },
  linear: {
    needs: "layers",
    title: "LinearExplainer: coefficients of a linear model, of its logits below a softmax or sigmoid",
    takes: ["featurePerturbation", "masker", "nsamples"],
    draws: true,
    explain: async ({ model, background, samples, parameters: { nsamples, ...how }, options }) => {
      const featurePerturbation = linearPerturbation(how);
      const linear = await readLinearModel(modelPredictor(logitsModel(model) ?? model), background, options.chunkMB);
      return new LinearExplainer(linear, background).shapValues(samples, {
        ...options,
        ...(featurePerturbation === undefined ? {} : { featurePerturbation }),
        ...(nsamples === undefined ? {} : { nsamples }),
      });
    },
  },
} as const satisfies Record<ModelMethod, Method>;

export function methodTakes(method: MethodName): readonly (keyof Parameters)[] {
  return method === "tree" ? ["interactions", "featurePerturbation"] : MODEL_METHODS[method].takes;
}

export function methodDraws(method: MethodName): boolean {
  return method !== "tree" && MODEL_METHODS[method].draws;
}

/** One line a method, for the help. */
export function methodsHelp(): string {
  const titles = Object.entries(MODEL_METHODS).map(([name, { title }]) => [name, title]);
  const rows = [...titles, ["tree", "TreeExplainer: trees of a run, XGBoost, LightGBM or scikit-learn, exactly"]];
  return ["", "Methods:", ...rows.map(([name, title]) => `  ${name.padEnd(22)}${title}`)].join("\n");
}

/** As in shap, LinearExplainer's masker says whether features are correlated. */
function linearPerturbation({
  featurePerturbation,
  masker,
}: Parameters): "interventional" | "correlation_dependent" | undefined {
  if (featurePerturbation === "tree_path_dependent")
    throw new UsageError("--feature-perturbation tree_path_dependent is for --method tree.");
  if (masker === undefined) return featurePerturbation;
  const said = masker === "impute" ? "correlation_dependent" : "interventional";
  if (featurePerturbation !== undefined && featurePerturbation !== said)
    throw new UsageError(`--masker ${masker} is --feature-perturbation ${said}, not ${featurePerturbation}.`);
  return said;
}
