/** What a recipe imports as `trainlens/data`. */
export type { NdArray, Split, TrainingData } from "./trainingData";
export type { Judge, Networks, Samples, StepResult, TrainStep } from "./ownStep";
export { digits } from "./digits";
export * from "./augment/index";
