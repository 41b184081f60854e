/** SHAP explainers over tfjs. Pure numerics: no vscode, no files. */
export { DeepExplainer, type DeepOptions } from "./deepExplainer";
export type { ShapValues } from "./shapValues";
export { UnsupportedLayerError } from "./unsupportedLayerError";
export { readWeights } from "./readWeights";
