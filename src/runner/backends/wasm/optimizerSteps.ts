/**
 * An optimizer's step in one pass over memory, where tfjs runs a dozen kernels per weight and step.
 *
 * Each kernel takes `value`, `gradient` and the optimizer's `state0`, `state1`... of one weight, all of one shape, and
 * returns the new value and states. The formulas are those of tfjs's own optimizers, in double precision and rounded once.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { addKernel, floats } from "./heap";

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
/** Tieleman and Hinton, 2012. */
export interface RmsPropAttrs {
  learningRate: number;
  decay: number;
  momentum: number;
  epsilon: number;
}

/** Reads `value`, `gradient` and `state`; writes `newValue` and `newState`. All arrays are of one length. */
type Step<Attrs> = (
  attrs: Attrs,
  value: Float32Array,
  gradient: Float32Array,
  state: readonly Float32Array[],
  newValue: Float32Array,
  newState: readonly Float32Array[],
) => void;

/** state: first moment, second moment. */
const adam: Step<AdamAttrs> = (attrs, value, gradient, state, newValue, newState) => {
  const { learningRate, beta1, beta2, epsilon } = attrs;
  const [m, v] = state as [Float32Array, Float32Array];
  const [newM, newV] = newState as [Float32Array, Float32Array];
  const [toM, toV] = [1 - beta1, 1 - beta2];
  const [correctM, correctV] = [1 / (1 - attrs.accBeta1), 1 / (1 - attrs.accBeta2)];
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    const mi = m[i] * beta1 + g * toM;
    const vi = v[i] * beta2 + g * g * toV;
    newM[i] = mi;
    newV[i] = vi;
    newValue[i] = value[i] - (learningRate * mi * correctM) / (Math.sqrt(vi * correctV) + epsilon);
  }
};

/** No state. */
const sgd: Step<SgdAttrs> = ({ learningRate }, value, gradient, _state, newValue) => {
  for (let i = 0; i < value.length; i++) newValue[i] = value[i] - learningRate * gradient[i];
};

/** state: accumulation. */
const momentum: Step<MomentumAttrs> = (attrs, value, gradient, [accumulation], newValue, [newAccumulation]) => {
  const { learningRate, momentum, nesterov } = attrs;
  const [from, to] = [accumulation, newAccumulation] as [Float32Array, Float32Array];
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    const velocity = from[i] * momentum + g;
    to[i] = velocity;
    newValue[i] = value[i] - learningRate * (nesterov ? g + velocity * momentum : velocity);
  }
};

/** state: mean square, moment, and with `centered` the mean gradient. */
const rmsProp: Step<RmsPropAttrs> = (attrs, value, gradient, state, newValue, newState) => {
  const { learningRate, decay, momentum, epsilon } = attrs;
  const [square, moment, mean] = state as [Float32Array, Float32Array, Float32Array?];
  const [newSquare, newMoment, newMean] = newState as [Float32Array, Float32Array, Float32Array?];
  const toNew = 1 - decay;
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    const squared = square[i] * decay + g * g * toNew;
    let variance = squared + epsilon;
    if (mean && newMean) {
      const centre = mean[i] * decay + g * toNew;
      newMean[i] = centre;
      variance = squared - (centre * centre + epsilon);
    }
    const moved = moment[i] * momentum + (g * learningRate) / Math.sqrt(variance);
    newSquare[i] = squared;
    newMoment[i] = moved;
    newValue[i] = value[i] - moved;
  }
};

/** Kernel names, known to no other backend. */
export const STEP_KERNELS = {
  adam: "TrainLensAdamStep",
  sgd: "TrainLensSgdStep",
  momentum: "TrainLensMomentumStep",
  rmsProp: "TrainLensRmsPropStep",
} as const;

export function installOptimizerSteps(): void {
  addStep(STEP_KERNELS.adam, adam);
  addStep(STEP_KERNELS.sgd, sgd);
  addStep(STEP_KERNELS.momentum, momentum);
  addStep(STEP_KERNELS.rmsProp, rmsProp);
}

function addStep<Attrs>(name: string, step: Step<Attrs>): void {
  addKernel(name, ({ inputs, attrs, backend }) => {
    const { value, gradient, ...rest } = inputs as { value: TensorInfo; gradient: TensorInfo };
    const state = Object.values<TensorInfo>(rest);
    const outputs = [value, ...state].map(({ shape }) => backend.makeOutput(shape, "float32"));
    const [newValue, ...newState] = outputs.map((info) => floats(backend, info)) as [Float32Array, ...Float32Array[]];
    step(
      attrs as Attrs,
      floats(backend, value),
      floats(backend, gradient),
      state.map((info) => floats(backend, info)),
      newValue,
      newState,
    );
    return outputs;
  });
}
