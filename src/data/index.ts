/** What a recipe imports as `trainlens/data`. */
export type { NdArray, Split, TrainingData } from "./trainingData";
export { digits } from "./digits";
export * from "./augment/index";
