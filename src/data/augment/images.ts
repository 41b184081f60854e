/**
 * What is done to pictures once the draws are made: pure functions over [batch, height, width, channels], by operations
 * that every backend has. Each gives the numbers of Keras's layer of that name (test/fixtures/augment).
 */
import * as tf from "@tensorflow/tfjs-core";

/** How a picture is read between and outside its pixels, as in Keras. */
export interface Sampling {
  /** What lies outside: mirrored, one value, the nearest edge, or the picture again. */
  fillMode: "reflect" | "constant" | "nearest" | "wrap";
  /** With "constant". */
  fillValue: number;
  interpolation: "bilinear" | "nearest";
}

/** One number a picture, ready to be broadcast: [batch, 1, 1, 1]. */
function perImage(values: ArrayLike<number>): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(values), [values.length, 1, 1, 1]);
}

/**
 * Mirrors the pictures that are chosen.
 *
 * @param axis "horizontal" changes left and right, "vertical" up and down.
 * @param chosen [batch], 1 for those to mirror, else 0.
 */
export function flipped(images: tf.Tensor4D, axis: "horizontal" | "vertical", chosen: ArrayLike<number>): tf.Tensor4D {
  const mirrored = tf.reverse(images, axis === "horizontal" ? 2 : 1);
  const mask = perImage(chosen);
  // Products with 0 and 1 are exact.
  return tf.add(tf.mul(mirrored, mask), tf.mul(images, tf.sub(1, mask)));
}

/**
 * Reads each picture where a map sends its pixels: out(x, y) = in(a x + b y + c, d x + e y + f).
 *
 * @param maps [batch * 6], (a, b, c, d, e, f) for each picture.
 */
export function mapped(images: tf.Tensor4D, maps: readonly number[][], sampling: Sampling): tf.Tensor4D {
  const transforms = tf.tensor2d(Float32Array.from(maps.flatMap((map) => [...map, 0, 0])), [maps.length, 8]);
  return tf.image.transform(images, transforms, sampling.interpolation, sampling.fillMode, sampling.fillValue);
}

/** Turns each picture about its middle, counterclockwise. @param angles [batch], radians. */
export function rotated(images: tf.Tensor4D, angles: ArrayLike<number>, sampling: Sampling): tf.Tensor4D {
  const [middleY, middleX] = middleOf(images);
  const maps = Array.from(angles, (angle) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return [
      ...[cos, -sin, middleX - cos * middleX + sin * middleY],
      ...[sin, cos, middleY - sin * middleX - cos * middleY],
    ];
  });
  return mapped(images, maps, sampling);
}

/** Scales each picture about its middle: 0.5 shows half of each side, 2 the picture at half its size. */
export function zoomed(
  images: tf.Tensor4D,
  heights: ArrayLike<number>,
  widths: ArrayLike<number>,
  sampling: Sampling,
): tf.Tensor4D {
  const [middleY, middleX] = middleOf(images);
  const maps = Array.from(heights, (height, i) => {
    const width = widths[i];
    return [width, 0, middleX * (1 - width), 0, height, middleY * (1 - height)];
  });
  return mapped(images, maps, sampling);
}

/** Moves each picture. @param down, right [batch], pixels. */
export function translated(
  images: tf.Tensor4D,
  down: ArrayLike<number>,
  right: ArrayLike<number>,
  sampling: Sampling,
): tf.Tensor4D {
  const maps = Array.from(down, (dy, i) => [1, 0, -right[i], 0, 1, -dy]);
  return mapped(images, maps, sampling);
}

/**
 * Cuts a window out of each picture and scales it to the picture's size, the corner pixels onto the corners
 * (tf.image.crop_and_resize).
 *
 * @param tops, lefts [batch], pixels.
 */
export function cropped(
  images: tf.Tensor4D,
  tops: ArrayLike<number>,
  lefts: ArrayLike<number>,
  [height, width]: [number, number],
): tf.Tensor4D {
  const [batch, fullHeight, fullWidth] = images.shape;
  // crop_and_resize measures a side of one pixel as 0.
  const [ySide, xSide] = [Math.max(1, fullHeight - 1), Math.max(1, fullWidth - 1)];
  const boxes = Array.from(tops, (top, i) => [
    ...[top / ySide, lefts[i] / xSide],
    ...[(top + height - 1) / ySide, (lefts[i] + width - 1) / xSide],
  ]);
  const indices = tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i),
    "int32",
  );
  return tf.image.cropAndResize(images, tf.tensor2d(boxes, [batch, 4]), indices, [fullHeight, fullWidth], "bilinear");
}

/** Adds a number to each picture, and keeps the values in their range. @param deltas [batch]. */
export function brightened(
  images: tf.Tensor4D,
  deltas: ArrayLike<number>,
  range: readonly [number, number],
): tf.Tensor4D {
  return tf.clipByValue(tf.add<tf.Tensor4D>(images, perImage(deltas)), ...range);
}

/** Spreads each channel's values about their mean over the picture, within their range. @param factors [batch]. */
export function contrasted(
  images: tf.Tensor4D,
  factors: ArrayLike<number>,
  range: readonly [number, number],
): tf.Tensor4D {
  // [batch, 1, 1, channels]
  const means = tf.mean<tf.Tensor4D>(images, [1, 2], true);
  return tf.clipByValue(tf.add<tf.Tensor4D>(tf.mul(tf.sub(images, means), perImage(factors)), means), ...range);
}

/** Rows and columns from 0; the last ones are left out. */
export interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** Fills a box of each picture with one value; what of it lies outside is nowhere. */
export function cutOut(images: tf.Tensor4D, boxes: readonly Box[], value: number): tf.Tensor4D {
  const [batch, height, width] = images.shape;
  const rows = new Float32Array(batch * height);
  const columns = new Float32Array(batch * width);
  boxes.forEach(({ top, left, bottom, right }, i) => {
    rows.fill(1, i * height + clamp(top, height), i * height + clamp(bottom, height));
    columns.fill(1, i * width + clamp(left, width), i * width + clamp(right, width));
  });
  // [batch, height, 1, 1] and [batch, 1, width, 1]: 1 within the box.
  const inside = tf.mul(tf.tensor4d(rows, [batch, height, 1, 1]), tf.tensor4d(columns, [batch, 1, width, 1]));
  const kept = tf.mul<tf.Tensor4D>(images, tf.sub(1, inside));
  return value === 0 ? kept : tf.add<tf.Tensor4D>(kept, tf.mul(inside, value));
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}

/** Blends each example with another one of the batch. @param shares [batch] of the example itself. @param others [batch] indices. */
export function mixed<T extends tf.Tensor>(values: T, shares: ArrayLike<number>, others: Int32Array): T {
  const shape = [shares.length, ...values.shape.slice(1).map(() => 1)];
  const own = tf.tensor(Float32Array.from(shares), shape);
  const other = tf.gather(values, tf.tensor1d(others, "int32"));
  return tf.add(tf.mul(values, own), tf.mul(other, tf.sub(1, own)));
}

/** [y, x] of the middle, in pixels: a picture of 2 pixels has it at 0.5. */
function middleOf({ shape: [, height, width] }: tf.Tensor4D): [number, number] {
  return [(height - 1) / 2, (width - 1) / 2];
}
