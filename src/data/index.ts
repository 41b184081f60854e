/** What a recipe imports as `trainlens/data`. */
export type { NdArray, Split, TrainingData } from "./trainingData";
export { digits } from "./digits";
export { emoji } from "./emoji";
export type { SplitOptions } from "./splits";
export * from "./augment/index";
