/** SHAP explainers over tfjs. Pure numerics: no vscode, no files. */
export { DeepExplainer, type DeepOptions } from "./deepExplainer";
export type { ShapValues } from "./shapValues";
export { UnsupportedLayerError } from "./unsupportedLayerError";
export { readWeights } from "./readWeights";
export { type Attributions, ExplainerOptionError, type FamilyOptions, additivityErrors } from "./attributions";
export * from "./agnostic";
export * from "./gradient";
export * from "./tree";
export * from "./linear";
export * from "./judges";
