/** Explainers that know of a model only what it answers. */
export { type Predictor, modelPredictor } from "./predictor";
export { type Masker, independentMasker, squarePatches } from "./masker";
export { ExactExplainer, type ExactOptions } from "./exact";
export { PermutationExplainer, type PermutationOptions } from "./permutation";
export { KernelExplainer, type KernelOptions } from "./kernel";
export { type L1Reg, parseL1Reg } from "./kernelRegression";
export { SamplingExplainer, type SamplingOptions } from "./sampling";
export { PartitionExplainer, type PartitionOptions } from "./partition";
export type { Clustering } from "./clustering";
export { correlationClustering, imageClustering, partitionMasker } from "./hierarchy";
export { type MaskValue, type White, blurMasker, imageMasker, inpaintMasker, parseMaskValue } from "./imageMasker";
export { imputeMasker } from "./imputeMasker";
export { type InpaintMethod, inpaint } from "./inpaint/inpaint";
export { OcclusionExplainer } from "./occlusion";
export { LimeExplainer, type LimeOptions } from "./lime";
