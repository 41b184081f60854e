/**
 * Kernels that take an optimizer's step for one weight: known to no backend of tfjs's own, registered by ours.
 *
 * Each takes `value`, `gradient` and the optimizer's `state0`, `state1`... of one weight, all of one shape, and returns
 * the new value and states. The formulas are those of tfjs's own optimizers.
 */
export const STEP_KERNELS = {
  adam: "TrainLensAdamStep",
  sgd: "TrainLensSgdStep",
  momentum: "TrainLensMomentumStep",
  rmsProp: "TrainLensRmsPropStep",
} as const;

/** Kingma and Ba, 2015. `accBeta1` and `accBeta2` are the betas to the power of the step's number, from 1. */
export interface AdamAttrs {
  learningRate: number;
  beta1: number;
  beta2: number;
  accBeta1: number;
  accBeta2: number;
  epsilon: number;
}
export interface SgdAttrs {
  learningRate: number;
}
/** Polyak's momentum, or Nesterov's. */
export interface MomentumAttrs {
  learningRate: number;
  momentum: number;
  nesterov: boolean;
}
/** Tieleman and Hinton, 2012; centered where there is a third state. */
export interface RmsPropAttrs {
  learningRate: number;
  decay: number;
  momentum: number;
  epsilon: number;
}
