/**
 * An optimizer's step in one pass over memory, where tfjs runs a dozen kernels per weight and step: in double precision
 * and rounded once.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type AdamAttrs, type MomentumAttrs, type RmsPropAttrs, STEP_KERNELS, type SgdAttrs } from "../stepKernels";
import { addKernel, floats } from "./heap";

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
