import type { Parameters } from "./parameters";

/** How each option of single methods is typed. */
export const FLAGS: Readonly<Record<keyof Parameters, string>> = {
  nsamples: "--nsamples",
  maxEvals: "--max-evals",
  l1Reg: "--l1-reg",
  localSmoothing: "--local-smoothing",
  rankedOutputs: "--ranked-outputs",
  outputRankOrder: "--output-rank-order",
  featurePerturbation: "--feature-perturbation",
  patch: "--patch",
  blur: "--blur",
  maskValue: "--mask-value",
  masker: "--masker",
  numFeatures: "--num-features",
  featureSelection: "--feature-selection",
  discretizeContinuous: "--discretize-continuous",
  discretizer: "--discretizer",
  sampleAroundInstance: "--sample-around-instance",
  categoricalFeatures: "--categorical-features",
  kernelWidth: "--kernel-width",
  interactions: "--interactions",
  link: "--link",
};
