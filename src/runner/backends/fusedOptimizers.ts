/**
 * Steps of tfjs's optimizers, in one kernel a weight where the backend has it.
 *
 * The state stays in the optimizer's own variables, so that checkpoints and `optimizer.getWeights()` see it, and the
 * numbers are those of the optimizer's own `applyGradients` to within rounding.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer, Tensor, Variable } from "@tensorflow/tfjs-core";
import { STEP_KERNELS } from "./stepKernels";
import type { AdamAttrs, MomentumAttrs, RmsPropAttrs, SgdAttrs } from "./stepKernels";

/** A gradient, by its variable's name. */
export interface NamedGradient {
  name: string;
  tensor: Tensor;
}

/** What an optimizer keeps for one weight. */
interface OptimizerVariable {
  originalName: string;
  variable: Variable;
}

/** tfjs declares these private; they are its checkpoint format, and so as stable as anything in it. */
interface Counter {
  incrementIterations(): void;
  iterations: number;
}
interface AdamFields extends Counter {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  accBeta1: Variable;
  accBeta2: Variable;
  accumulatedFirstMoment: OptimizerVariable[];
  accumulatedSecondMoment: OptimizerVariable[];
}
interface SgdFields extends Counter {
  /** Minus the learning rate. */
  c: Tensor;
}
interface MomentumFields extends SgdFields {
  m: Tensor;
  useNesterov: boolean;
  accumulations: OptimizerVariable[];
}
interface RmsPropFields extends Counter {
  learningRate: number;
  decay: number;
  momentum: number;
  epsilon: number;
  centered: boolean;
  accumulatedMeanSquares: OptimizerVariable[];
  accumulatedMoments: OptimizerVariable[];
  accumulatedMeanGrads: OptimizerVariable[];
}

/** An optimizer's state: one list of variables for each thing it remembers, and the suffix that tfjs names it by. */
type State = readonly (readonly [list: OptimizerVariable[], suffix: string])[];

type FusedStep = (optimizer: Optimizer, gradients: NamedGradient[]) => void;

/** By exact class: a subclass may compute something else. */
const FUSED = new Map<unknown, { kernel: string; step: FusedStep }>([
  [tf.AdamOptimizer, { kernel: STEP_KERNELS.adam, step: adamStep }],
  [tf.SGDOptimizer, { kernel: STEP_KERNELS.sgd, step: sgdStep }],
  [tf.MomentumOptimizer, { kernel: STEP_KERNELS.momentum, step: momentumStep }],
  [tf.RMSPropOptimizer, { kernel: STEP_KERNELS.rmsProp, step: rmsPropStep }],
]);

/**
 * Changes the weights by their gradients, as `optimizer.applyGradients(gradients)` does.
 *
 * @param gradients of trainable variables, by the variables' names, always in the same order: state goes by position.
 */
export function applyGradients(optimizer: Optimizer, gradients: NamedGradient[]): void {
  const fused = FUSED.get(optimizer.constructor);
  const everyGradient = gradients.every(({ tensor }) => (tensor as Tensor | null)?.dtype === "float32");
  if (!fused || !everyGradient || !tf.getKernel(fused.kernel, tf.getBackend())) {
    optimizer.applyGradients(gradients);
    return;
  }
  tf.tidy(() => fused.step(optimizer, gradients));
}

function adamStep(optimizer: Optimizer, gradients: NamedGradient[]): void {
  const fields = optimizer as unknown as AdamFields;
  const { learningRate, beta1, beta2, epsilon } = fields;
  // By the step's number, not by repeated products: a resumed run then has the very same.
  const step = fields.iterations + 1;
  const attrs: AdamAttrs = { learningRate, beta1, beta2, epsilon, accBeta1: beta1 ** step, accBeta2: beta2 ** step };
  runSteps(STEP_KERNELS.adam, { ...attrs }, gradients, [
    [fields.accumulatedFirstMoment, "m"],
    [fields.accumulatedSecondMoment, "v"],
  ]);
  fields.accBeta1.assign(tf.scalar(beta1 ** (step + 1)));
  fields.accBeta2.assign(tf.scalar(beta2 ** (step + 1)));
  fields.incrementIterations();
}

function sgdStep(optimizer: Optimizer, gradients: NamedGradient[]): void {
  const fields = optimizer as unknown as SgdFields;
  const attrs: SgdAttrs = { learningRate: -scalarOf(fields.c) };
  runSteps(STEP_KERNELS.sgd, { ...attrs }, gradients, []);
  fields.incrementIterations();
}

function momentumStep(optimizer: Optimizer, gradients: NamedGradient[]): void {
  const fields = optimizer as unknown as MomentumFields;
  const attrs: MomentumAttrs = {
    learningRate: -scalarOf(fields.c),
    momentum: scalarOf(fields.m),
    nesterov: fields.useNesterov,
  };
  runSteps(STEP_KERNELS.momentum, { ...attrs }, gradients, [[fields.accumulations, "momentum"]]);
  fields.incrementIterations();
}

function rmsPropStep(optimizer: Optimizer, gradients: NamedGradient[]): void {
  const fields = optimizer as unknown as RmsPropFields;
  const { learningRate, decay, momentum, epsilon } = fields;
  const attrs: RmsPropAttrs = { learningRate, decay, momentum, epsilon };
  runSteps(STEP_KERNELS.rmsProp, { ...attrs }, gradients, [
    [fields.accumulatedMeanSquares, "rms"],
    [fields.accumulatedMoments, "momentum"],
    ...(fields.centered ? ([[fields.accumulatedMeanGrads, "mg"]] as const) : []),
  ]);
  fields.incrementIterations();
}

/** Runs a step kernel for every weight and assigns what it returns. The state is made at the first step, as tfjs does. */
function runSteps(
  kernel: string,
  attrs: Record<string, number | boolean>,
  gradients: NamedGradient[],
  state: State,
): void {
  gradients.forEach(({ name, tensor: gradient }, position) => {
    const value = tf.engine().registeredVariables[name];
    if (!value) throw new Error(`There is a gradient for "${name}", which is no variable.`);
    const memories = state.map(([list, suffix]) => {
      list[position] ??= { originalName: `${name}/${suffix}`, variable: tf.zerosLike(value).variable(false) };
      return list[position].variable;
    });
    const inputs: Record<string, Tensor> = { value, gradient };
    memories.forEach((memory, i) => (inputs[`state${i}`] = memory));
    const updated = tf.engine().runKernel<Tensor[]>(kernel, inputs, attrs);
    [value, ...memories].forEach((variable, i) => variable.assign(updated[i]));
  });
}

/** The number in a scalar, as the optimizer's own kernels would use it. */
function scalarOf(tensor: Tensor): number {
  return tensor.dataSync()[0];
}
