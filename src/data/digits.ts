import type { TrainingData } from "./trainingData";
export function digits(_options?: { flat?: boolean }): TrainingData {
  throw new Error("stub");
}
