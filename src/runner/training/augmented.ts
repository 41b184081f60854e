/** A recipe's augmentation, applied to batches and checked before it is. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Augmentation, AugmentationError, type Batch, stepsOf } from "../../data/augment/augmentation";
import { type Draws, batchDraws } from "../../data/augment/draws";
import { type Inputs, takeRows } from "../../data/inputs";
import type { TrainingData } from "../../data/trainingData";
import { UserError } from "../errors";
import { Examples } from "./examples";
import { readExamples } from "./exampleSets";

/** The augmented batch. The one that is given is disposed, but for what the augmentation left as it was. */
export function augmented(augment: Augmentation, batch: Batch, draws: Draws): Batch {
  const made = tf.tidy(() => {
    const { x, y } = augment({ ...batch }, draws);
    return { x, y };
  });
  if (made.x !== batch.x) batch.x.dispose();
  if (made.y !== batch.y) batch.y.dispose();
  return made;
}

/** Enough that a blend of targets is seen. */
const TRIED = 32;

/**
 * Tries the augmentation on the first examples.
 *
 * @throws UserError where it does not work on them, changes their shapes, or mixes targets that a loss takes for class numbers.
 */
export async function checkAugmentation(
  augment: Augmentation,
  data: TrainingData<Inputs>,
  model: LayersModel,
): Promise<void> {
  const rows = Math.min(TRIED, data.train.x.shape[0]);
  const examples = new Examples(await firstRows(data, rows));
  const batch = examples.slice(0, rows);
  examples.dispose();
  const targets = await batch.y.data();
  const shapes = { x: batch.x.shape, y: batch.y.shape };
  const made = attempt(() => augmented(augment, batch, batchDraws(0, 1, 1)), batch);
  try {
    for (const part of ["x", "y"] as const) {
      if (String(made[part].shape) === String(shapes[part])) continue;
      throw new UserError(
        `augment() turns ${part} of shape [${shapes[part].join(", ")}] into [${made[part].shape.join(", ")}].`,
        "An augmentation keeps the shapes of its batch: the model has one input shape, and validation is not augmented.",
      );
    }
    const loss = typeof model.loss === "string" ? model.loss : "";
    const sparse = loss.startsWith("sparse");
    const changed = sparse && (await made.y.data()).some((value, i) => value !== targets[i]);
    if (changed) {
      throw new UserError(
        `augment() blends targets, and the loss ${loss} takes them for class numbers.`,
        'Give y as one-hot rows and compile with loss: "categoricalCrossentropy", or leave mixup out.',
      );
    }
  } finally {
    tf.dispose([made.x, made.y]);
  }
}

/** "randomRotation 0.05, cutout 0.3": for the run's record. */
export function describeAugmentation(augment: Augmentation): string[] {
  return stepsOf(augment).map(({ name, parameters }) =>
    [name, ...Object.values(parameters).map(({ value }) => String(value))].join(" "),
  );
}

/** @param given is disposed where it fails. @throws UserError for what the augmentation throws. */
export function attempt(apply: () => Batch, given: Batch): Batch {
  try {
    return apply();
  } catch (error) {
    tf.dispose([given.x, given.y]);
    if (error instanceof UserError) throw error;
    const advice = error instanceof AugmentationError ? error.advice : undefined;
    const message = error instanceof AugmentationError ? error.message : `The augmentation threw: ${String(error)}`;
    throw new UserError(message, advice, { cause: error });
  }
}

async function firstRows({ train }: TrainingData<Inputs>, count: number): Promise<TrainingData["train"]> {
  const rows = Array.from({ length: count }, (_, row) => row);
  return { x: await readExamples(train.x, rows), y: takeRows(train.y, rows) };
}
