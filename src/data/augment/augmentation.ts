/** What an augmentation is, and how several become one. */
import * as tf from "@tensorflow/tfjs-core";
import type { Draws } from "./draws";

/** Inputs and targets of one training step; the first axis of both is the example. */
export interface Batch {
  /** [batch, ...inputShape]. */
  x: tf.Tensor;
  /** [batch, ...targetShape]. */
  y: tf.Tensor;
}

/** One thing that is done to a batch, for those who show it: its name and its numbers. */
export interface AugmentationStep {
  name: string;
  parameters: Readonly<Record<string, AugmentationParameter>>;
}

export interface AugmentationParameter {
  value: number | string | readonly number[];
  /** The largest number that makes sense; absent where there is none. */
  most?: number;
}

/**
 * Changes a batch at random. It returns tensors of the same shapes, disposes none that it was given, and draws from
 * nothing but `draws`. Any function of this form will do; those of `trainlens/data` also say what they do.
 */
export interface Augmentation {
  (batch: Batch, draws: Draws): Batch;
  readonly steps?: readonly AugmentationStep[];
}

/** A batch that an augmentation cannot work on, or a number that it cannot take. */
export class AugmentationError extends Error {
  override readonly name: string = "AugmentationError";
  constructor(
    message: string,
    readonly advice?: string,
  ) {
    super(message);
  }
}

/** An augmentation that says what it does. Its intermediate tensors are disposed. */
export function augmentation(
  name: string,
  parameters: AugmentationStep["parameters"],
  change: (batch: Batch, draws: Draws) => Batch,
): Augmentation {
  const run = (batch: Batch, draws: Draws): Batch =>
    tf.tidy(() => {
      const { x, y } = change(batch, draws);
      return { x, y };
    });
  return Object.assign(run, { steps: [{ name, parameters }] });
}

/**
 * One augmentation after another. Each has draws of its own: a change to one leaves what the others do as it is.
 */
export function compose(...augmentations: readonly Augmentation[]): Augmentation {
  const run = (batch: Batch, draws: Draws): Batch =>
    tf.tidy(() => {
      let { x, y } = batch;
      augmentations.forEach((augment, i) => {
        const next = augment({ x, y }, draws.part(i));
        // At once, not at the end: large pictures are many megabytes a step.
        if (x !== batch.x && x !== next.x) x.dispose();
        if (y !== batch.y && y !== next.y) y.dispose();
        ({ x, y } = next);
      });
      return { x, y };
    });
  return Object.assign(run, { steps: augmentations.flatMap(stepsOf) });
}

/** What it does, step by step; of a plain function, its name. */
export function stepsOf(augment: Augmentation): readonly AugmentationStep[] {
  return augment.steps ?? [{ name: augment.name || "function", parameters: {} }];
}

/**
 * The batch's pictures.
 *
 * @throws AugmentationError where x is not [batch, height, width, channels].
 */
export function imagesOf(x: tf.Tensor, name: string): tf.Tensor4D {
  if (x.rank === 4) return x as tf.Tensor4D;
  const example = x.shape.slice(1);
  const [height, width, channels] = imageShapeOf(example);
  throw new AugmentationError(
    `${name} works on images of shape [height, width, channels]; these examples have the shape [${example.join(", ")}].`,
    `If they are images, give them that shape: with tf.reshape(x, [-1, ${height}, ${width}, ${channels}]) in data() ` +
      `(or digits({ flat: false })), and begin the model with inputShape: [${height}, ${width}, ${channels}].`,
  );
}

/** The image shape that a flat vector or a picture without channels would have, in words where it is not plain. */
function imageShapeOf(example: readonly number[]): readonly (number | string)[] {
  if (example.length === 2) return [...example, 1];
  const numbers = example.reduce((product, n) => product * n, 1);
  for (const channels of [1, 3]) {
    const side = Math.sqrt(numbers / channels);
    if (Number.isInteger(side)) return [side, side, channels];
  }
  return ["height", "width", "channels"];
}
