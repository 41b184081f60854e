/** A step that the recipe computes: its gradients, the runner's optimizer. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Batch } from "../../data/augment/augmentation";
import type { TrainStep } from "../../data/ownStep";
import type { Inputs } from "../../data/inputs";
import type { TrainingData } from "../../data/trainingData";
import { applyGradients } from "../backends/fusedOptimizers";
import { UserError } from "../errors";

/**
 * Changes the weights by what the recipe's step computes for one batch.
 *
 * @returns the metrics, [metrics], before the change, and their names.
 * @throws UserError where a weight has no gradient, or nothing was measured.
 */
export function ownStep(step: TrainStep, model: LayersModel, batch: Batch): { measured: tf.Tensor; names: string[] } {
  let names: string[] = [];
  const measured = tf.tidy(() => {
    const { gradients, metrics } = step(model, batch);
    names = Object.keys(metrics);
    if (names.length === 0) throw new UserError("trainStep() measures nothing.", "Return metrics: { loss }, or more.");
    // In the model's order: what an optimizer remembers goes by position.
    const named = model.trainableWeights.map((weight) => {
      const { name } = weight.read() as tf.Variable;
      const tensor = gradients[name] as tf.Tensor | undefined;
      if (!tensor) {
        throw new UserError(
          `trainStep() gives no gradient for ${weight.originalName}.`,
          "Return gradients of all trainable weights, by name, as tf.variableGrads gives them; set trainable = false on layers that do not learn.",
        );
      }
      return { name, tensor };
    });
    const all = tf.stack(Object.values(metrics).map((metric) => metric.asScalar()));
    applyGradients(model.optimizer, named);
    return all;
  });
  return { measured, names };
}

/** @throws UserError where the data has what only the loop's own step heeds. */
export function checkOwnStepData({ classWeight }: TrainingData<Inputs>): void {
  if (!classWeight) return;
  throw new UserError(
    "The recipe's data has a classWeight, and its trainStep() computes the loss.",
    "Weigh the examples in trainStep(), and leave classWeight out.",
  );
}
