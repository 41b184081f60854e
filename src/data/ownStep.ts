/** What a recipe with a training step of its own gives to the loop. */
import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Batch } from "./augment/augmentation";

/** What one batch says: where to move the weights, and how well it went. */
export interface StepResult {
  /** By variable name, one for every trainable weight, as `tf.variableGrads` gives them. */
  gradients: Readonly<Record<string, tf.Tensor>>;
  /** Scalars, by the names under which the Training panel draws them; the same in every step. */
  metrics: Readonly<Record<string, tf.Tensor>>;
}

/**
 * A recipe's `trainStep`: computes, and leaves the weights alone. The loop applies the gradients with the model's optimizer,
 * disposes what was made, and keeps to its epochs, stop, checkpoints and resume.
 */
export type TrainStep = (model: LayersModel, batch: Batch) => StepResult;

/** A recipe's `samples`: pictures to look at after each epoch, [n, height, width, 1 or 3], 0 to 1. */
export type Samples = (model: LayersModel) => tf.Tensor4D;

/** A recipe's `judge`: what is wrong by an epoch's metrics, in a sentence; undefined for nothing. */
export type Judge = (metrics: Readonly<Record<string, number>>, epoch: number) => string | undefined;

/** A recipe's `networks`: what is saved at the end, by name; the first is the run's model, which is explained. */
export type Networks = (model: LayersModel) => Readonly<Record<string, LayersModel>>;

/** All that a recipe with a step of its own may export for it. */
export interface OwnTraining {
  trainStep: TrainStep;
  samples?: Samples | undefined;
  judge?: Judge | undefined;
  networks?: Networks | undefined;
}
