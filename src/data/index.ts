/** What a recipe imports as `trainlens/data`. */
export type { ExampleSource, Inputs, LoadingNotes, NdArray, Split, TrainingData } from "./trainingData";
export type { Judge, Networks, Samples, StepResult, TrainStep } from "./ownStep";
export { digits } from "./digits";
export { type CsvOptions, csv } from "./csv";
export { type IdxFiles, type IdxOptions, idx } from "./idx";
export { type ImageFolderOptions, imageFolder } from "./imageFolder";
export { type NpyOptions, type NpzOptions, npy, npz } from "./numpy";
export { type ClassWeight, balancedClassWeights } from "./classWeights";
export { DataError } from "./dataError";
export { type SplitOptions, type SplitRows, splitRows } from "./splits";
export { emoji } from "./emoji";
export { type RunSamples, runSamples } from "./runSamples";
export * from "./augment/index";
