/** Explainers by gradients of a layers model. */
export { GradientExplainer, type GradientDraw, type GradientOptions } from "./gradientExplainer";
export { IntegratedGradients, type IntegratedGradientsOptions } from "./integratedGradients";
export type { OutputRankOrder, RankingOptions } from "./rankedOutputs";
