/** One training step: forward pass, gradients, optimizer; and the same numbers without learning. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Metrics } from "../../protocol/numbers";
import { applyGradients } from "../backends/fusedOptimizers";
import { weightedByClass } from "./classWeights";
import { categoricalCrossentropy } from "./crossentropy";

/** tfjs's `LayersModel`, with the parts of its training step that it declares for itself. */
interface CompiledParts {
  lossFunctions: ((target: tf.Tensor, output: tf.Tensor) => tf.Tensor)[];
  /** [metric, index of the output]. */
  metricsTensors: [(target: tf.Tensor, output: tf.Tensor) => tf.Tensor, number][];
  metricsNames: string[];
}

/** A forward pass, [batch, ...] to the model's outputs: the whole model, or what follows a base that was computed before. */
export type Forward = (x: tf.Tensor, training: boolean) => tf.Tensor;

export function wholeModel(model: LayersModel): Forward {
  return (x, training) => model.apply(x, { training }) as tf.Tensor;
}

/** A sequential model keeps them in the functional model that it builds. */
function compiledParts(model: LayersModel): CompiledParts {
  const built = (model as { model?: LayersModel }).model ?? model;
  return built;
}

/** Names of what `trainStep` measures, loss first, as Keras names them: tfjs says "acc" for accuracy. */
export function metricNames(model: LayersModel): string[] {
  return compiledParts(model).metricsNames.map((name) => (name === "acc" ? "accuracy" : name));
}

/**
 * Changes the weights by one batch.
 *
 * @param x [batch, ...inputShape], as `forward` takes it. @param y [batch, ...targetShape].
 * @param classWeights [classes]: what an example of each class counts in the loss, 1 by default. Metrics are not weighted.
 * @returns the loss (with regularisation) and every metric over the batch, before the change, [1 + metrics].
 */
export function trainStep(
  model: LayersModel,
  x: tf.Tensor,
  y: tf.Tensor,
  forward: Forward = wholeModel(model),
  classWeights?: tf.Tensor1D,
): tf.Tensor1D {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return tf.tidy(() => {
    let metrics: tf.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const output = forward(x, true);
      metrics = measure(model, y, output).map((metric) => tf.keep(metric));
      return totalLoss(model, y, output, classWeights);
    }, variables);
    applyGradients(
      model.optimizer,
      variables.map(({ name }) => ({ name, tensor: grads[name] })),
    );
    const all = tf.stack([value, ...metrics]) as tf.Tensor1D;
    tf.dispose(metrics);
    return all;
  });
}

/** The loss and metrics of a batch without learning from it, with the model's outputs [batch, ...outputShape]. */
export function evaluationStep(
  model: LayersModel,
  x: tf.Tensor,
  y: tf.Tensor,
  forward: Forward,
): { metrics: tf.Tensor1D; outputs: tf.Tensor } {
  return tf.tidy(() => {
    const outputs = forward(x, false);
    return { metrics: tf.stack([totalLoss(model, y, outputs), ...measure(model, y, outputs)]) as tf.Tensor1D, outputs };
  });
}

/** Reads and disposes what a step measured. */
export async function readMetrics(model: LayersModel, measured: tf.Tensor): Promise<Metrics> {
  const values = await measured.data();
  measured.dispose();
  return Object.fromEntries(metricNames(model).map((name, i) => [name, values[i]]));
}

function totalLoss(model: LayersModel, y: tf.Tensor, output: tf.Tensor, classWeights?: tf.Tensor1D): tf.Scalar {
  const lossFunction =
    model.loss === "categoricalCrossentropy" ? categoricalCrossentropy : compiledParts(model).lossFunctions[0];
  const losses = lossFunction(y, output);
  const loss = tf.mean<tf.Scalar>(classWeights ? weightedByClass(losses, y, classWeights) : losses);
  return model.calculateLosses().reduce((sum, penalty) => tf.add(sum, penalty), loss);
}

function measure(model: LayersModel, y: tf.Tensor, output: tf.Tensor): tf.Tensor[] {
  return compiledParts(model).metricsTensors.map(([metric]) => tf.mean(metric(y, output)));
}
