/** Scores of explanations. Each is a pure function of a model, an explanation and a seed. */
export type { Judged, JudgeOptions } from "./judged";
export { type Faithfulness, type FaithfulnessOptions, faithfulness } from "./faithfulness";
export { type Infidelity, type InfidelityOptions, infidelity } from "./infidelity";
export { type MaxSensitivity, type MaxSensitivityOptions, maxSensitivity } from "./maxSensitivity";
export { type Stability, type StabilityOptions, stability } from "./stability";
