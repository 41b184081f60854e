/** Class weights in the loss of training, as Keras's `fit(class_weight=…)` applies them. */
import * as tf from "@tensorflow/tfjs-core";
import { countClasses } from "../../data/classWeights";
import { DataError } from "../../data/dataError";
import type { Inputs } from "../../data/inputs";
import type { TrainingData } from "../../data/trainingData";
import { UserError } from "../errors";

/**
 * The recipe's `classWeight` as one weight a class; undefined where it has none.
 *
 * @throws UserError where it does not fit the classes, or a weight is none.
 */
export function classWeightsOf({ train, classNames, classWeight }: TrainingData<Inputs>): number[] | undefined {
  if (classWeight === undefined) return undefined;
  // Class numbers tell of classes only as far as there are examples.
  const named = (train.y.shape[1] ?? 1) === 1 ? (classNames?.length ?? 0) : 0;
  const classes = Math.max(classesOf(train), named);
  if (typeof classWeight !== "object" || (classWeight as unknown) === null) {
    throw malformed(`classWeight is ${JSON.stringify(classWeight)}`, classes);
  }
  const given: Record<string, unknown> = { ...classWeight };
  if (Array.isArray(classWeight) && classWeight.length !== classes) {
    throw malformed(`classWeight has ${classWeight.length} weights, and there are ${classes} classes`, classes);
  }
  const weights = new Array<number>(classes).fill(1);
  for (const [key, weight] of Object.entries(given)) {
    const number = Number(key);
    if (!Number.isInteger(number) || number < 0 || number >= classes) {
      throw malformed(`classWeight names a class ${key}, and classes are numbered 0 to ${classes - 1}`, classes);
    }
    if (typeof weight !== "number" || !Number.isFinite(weight) || weight < 0) {
      throw malformed(`the weight of class ${key} is ${String(weight)}`, classes);
    }
    weights[number] = weight;
  }
  if (weights.every((weight) => weight === 0)) throw malformed("every class has the weight 0", classes);
  return weights;
}

/**
 * Losses, each by the weight of its example's class; the mean of them is Keras's `sum_over_batch_size`.
 *
 * @param losses [batch]. @param y [batch, classes], of blends the highest; or class numbers [batch] or [batch, 1].
 * @param weights [classes].
 * @returns [batch].
 * @throws UserError where the loss function gives no value for each example.
 */
export function weightedByClass(losses: tf.Tensor, y: tf.Tensor, weights: tf.Tensor1D): tf.Tensor {
  const [batch] = y.shape;
  if (losses.size !== batch) {
    throw new UserError(
      `The loss function gives the shape [${losses.shape.join(", ")}] for a batch of ${batch}; class weights need a loss for each example.`,
      "Return the losses of shape [batch], not their mean; or leave classWeight out.",
    );
  }
  const numbers = y.size === batch ? tf.round(y.reshape([batch])) : tf.argMax(y, -1);
  return tf.mul(losses.reshape([batch]), tf.gather(weights, tf.cast(numbers, "int32").reshape([batch])));
}

/** How many classes the targets have. */
function classesOf({ y }: Pick<TrainingData["train"], "y">): number {
  try {
    return countClasses(y).length;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new UserError(`classWeight is for classes. ${error.message}`, error.advice, { cause: error });
  }
}

function malformed(what: string, classes: number): UserError {
  return new UserError(
    `The recipe's data cannot be used: ${what}.`,
    `Give classWeight as ${classes} numbers from 0 on, one a class, or as { class number: weight }; balancedClassWeights(train.y) makes them.`,
  );
}
