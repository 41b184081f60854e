/**
 * Random changes to pictures, named and measured as Keras's preprocessing layers: factors are fractions of a full turn, of
 * the height and the width. Each picture of a batch has draws of its own.
 *
 * @see https://keras.io/api/layers/preprocessing_layers/image_augmentation/
 */
import {
  type Augmentation,
  AugmentationError,
  type AugmentationParameter,
  augmentation,
  imagesOf,
} from "./augmentation";
import type { Draws } from "./draws";
import {
  type Sampling,
  brightened,
  contrasted,
  cropped,
  cutOut,
  flipped,
  mixed,
  rotated,
  translated,
  zoomed,
} from "./images";

/** A strength: 0.2 draws from -0.2 to 0.2, [0, 0.3] from 0 to 0.3. */
export type Factor = number | readonly [number, number];

/** How a picture is read between and outside its pixels; by default mirrored at its edges, and bilinear. */
export type SamplingOptions = Partial<Sampling>;

export interface ValueRangeOptions {
  /** The smallest and the largest value of a pixel; by default 0 to 1. (Keras's own default is 0 to 255.) */
  valueRange?: readonly [number, number];
}

const sampling = (options: SamplingOptions): Sampling => ({
  fillMode: options.fillMode ?? "reflect",
  fillValue: options.fillValue ?? 0,
  interpolation: options.interpolation ?? "bilinear",
});

/**
 * Mirrors half of the pictures, left to right or up to down; with "horizontal_and_vertical" each axis by its own draw.
 */
export function randomFlip(
  mode: "horizontal" | "vertical" | "horizontal_and_vertical" = "horizontal_and_vertical",
): Augmentation {
  const axes = (["horizontal", "vertical"] as const).filter((axis) => mode.split("_and_").includes(axis));
  if (axes.length === 0)
    throw new AugmentationError(
      `randomFlip has no mode "${String(mode)}".`,
      'Write "horizontal", "vertical" or "horizontal_and_vertical".',
    );
  return augmentation("randomFlip", { mode: { value: mode } }, ({ x, y }, draws) => {
    let images = imagesOf(x, "randomFlip");
    for (const axis of axes) {
      const chosen = draws.uniform(images.shape[0]).map((draw) => (draw < 0.5 ? 1 : 0));
      images = flipped(images, axis, chosen);
    }
    return { x: images, y };
  });
}

/** Turns each picture about its middle, by at most `factor` of a full turn: 0.05 is 18 degrees either way. */
export function randomRotation(factor: Factor, options: SamplingOptions = {}): Augmentation {
  const [low, high] = bounds(factor, "randomRotation");
  return augmentation("randomRotation", { factor: parameter(factor, 0.5) }, ({ x, y }, draws) => {
    const images = imagesOf(x, "randomRotation");
    const angles = draws.uniform(images.shape[0], low, high).map((turn) => 2 * Math.PI * turn);
    return { x: rotated(images, angles, sampling(options)), y };
  });
}

/**
 * Scales each picture about its middle, by at most these fractions: positive shows it smaller, negative larger.
 *
 * @param widthFactor by default the width is scaled as the height, so that shapes stay as they are.
 */
export function randomZoom(heightFactor: Factor, widthFactor?: Factor, options: SamplingOptions = {}): Augmentation {
  const height = bounds(heightFactor, "randomZoom", -1);
  const width = widthFactor === undefined ? undefined : bounds(widthFactor, "randomZoom", -1);
  const parameters = {
    heightFactor: parameter(heightFactor, 0.5),
    ...(widthFactor === undefined ? {} : { widthFactor: parameter(widthFactor, 0.5) }),
  };
  return augmentation("randomZoom", parameters, ({ x, y }, draws) => {
    const images = imagesOf(x, "randomZoom");
    const scale = ([low, high]: [number, number]): Float32Array => draws.uniform(images.shape[0], 1 + low, 1 + high);
    const heights = scale(height);
    const widths = width ? scale(width) : heights;
    return { x: zoomed(images, heights, widths, sampling(options)), y };
  });
}

/** Moves each picture by at most these fractions of its height and width: positive is down, and right. */
export function randomTranslation(
  heightFactor: Factor,
  widthFactor: Factor,
  options: SamplingOptions = {},
): Augmentation {
  const height = bounds(heightFactor, "randomTranslation", -1, 1);
  const width = bounds(widthFactor, "randomTranslation", -1, 1);
  const parameters = { heightFactor: parameter(heightFactor, 0.5), widthFactor: parameter(widthFactor, 0.5) };
  return augmentation("randomTranslation", parameters, ({ x, y }, draws) => {
    const images = imagesOf(x, "randomTranslation");
    const [batch, fullHeight, fullWidth] = images.shape;
    const down = draws.uniform(batch, ...height).map((share) => share * fullHeight);
    const right = draws.uniform(batch, ...width).map((share) => share * fullWidth);
    return { x: translated(images, down, right, sampling(options)), y };
  });
}

/**
 * Takes a window of `height` x `width` pixels at a random place in each picture, and scales it to the picture's size: the
 * model's input keeps its shape. (Keras's layer leaves the window small, and takes one place for the whole batch.)
 */
export function randomCrop(height: number, width: number): Augmentation {
  for (const [name, value] of Object.entries({ height, width })) {
    if (!Number.isInteger(value) || value < 1)
      throw new AugmentationError(`randomCrop takes a ${name} in whole pixels, not ${value}.`);
  }
  return augmentation("randomCrop", { height: { value: height }, width: { value: width } }, ({ x, y }, draws) => {
    const images = imagesOf(x, "randomCrop");
    const [batch, fullHeight, fullWidth] = images.shape;
    if (height > fullHeight || width > fullWidth) {
      throw new AugmentationError(
        `randomCrop cannot take a window of ${height}x${width} pixels from images of ${fullHeight}x${fullWidth}.`,
        "Give it a smaller height and width.",
      );
    }
    const starts = (most: number): Float32Array => draws.uniform(batch, 0, most + 1).map(Math.floor);
    return { x: cropped(images, starts(fullHeight - height), starts(fullWidth - width), [height, width]), y };
  });
}

/** Makes each picture lighter or darker, by at most `factor` of the values' range. */
export function randomBrightness(factor: Factor, { valueRange = [0, 1] }: ValueRangeOptions = {}): Augmentation {
  const [low, high] = bounds(factor, "randomBrightness", -1, 1);
  return augmentation("randomBrightness", { factor: parameter(factor, 1) }, ({ x, y }, draws) => {
    const images = imagesOf(x, "randomBrightness");
    const deltas = draws.uniform(images.shape[0], low, high).map((share) => share * (valueRange[1] - valueRange[0]));
    return { x: brightened(images, deltas, valueRange), y };
  });
}

/**
 * Spreads each picture's values about their mean: times 1 - factor to 1 + factor, or, of a pair, 1 - first to 1 + second.
 */
export function randomContrast(factor: Factor, { valueRange = [0, 1] }: ValueRangeOptions = {}): Augmentation {
  const [lower, upper] = typeof factor === "number" ? [factor, factor] : factor;
  if (!(lower >= 0 && lower <= 1 && upper >= 0)) {
    throw new AugmentationError(`randomContrast takes factors from 0 to 1, not ${String(factor)}.`);
  }
  return augmentation("randomContrast", { factor: parameter(factor, 1) }, ({ x, y }, draws) => {
    const images = imagesOf(x, "randomContrast");
    const factors = draws.uniform(images.shape[0], 1 - lower, 1 + upper);
    return { x: contrasted(images, factors, valueRange), y };
  });
}

/**
 * Covers a box of each picture, whose sides are `factor` of the picture's and whose middle is any of its pixels.
 *
 * @see DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout".
 */
export function cutout(factor: number, { fillValue = 0 }: { fillValue?: number } = {}): Augmentation {
  if (!(factor >= 0 && factor <= 1)) throw new AugmentationError(`cutout takes a factor from 0 to 1, not ${factor}.`);
  return augmentation("cutout", { factor: parameter(factor, 1) }, ({ x, y }, draws) => {
    const images = imagesOf(x, "cutout");
    const [batch, fullHeight, fullWidth] = images.shape;
    const starts = (full: number, side: number): Float32Array =>
      draws.uniform(batch, 0, full).map((draw) => Math.floor(draw) - Math.floor(side / 2));
    const [height, width] = [Math.round(factor * fullHeight), Math.round(factor * fullWidth)];
    const [tops, lefts] = [starts(fullHeight, height), starts(fullWidth, width)];
    const boxes = Array.from(tops, (top, i) => ({
      ...{ top, left: lefts[i] },
      ...{ bottom: top + height, right: lefts[i] + width },
    }));
    return { x: cutOut(images, boxes, fillValue), y };
  });
}

/**
 * Blends each example with another one of the batch, the targets as the inputs: half of one digit and half of another is
 * half of each. Needs targets that can be blended: one-hot rows or numbers, no class numbers. Works on any shape.
 *
 * @param alpha of the beta distribution that gives the shares; 0 leaves the examples as they are.
 * @see Zhang et al. 2017, "mixup: Beyond Empirical Risk Minimization".
 */
export function mixup(alpha: number = 0.2): Augmentation {
  if (!(alpha >= 0 && Number.isFinite(alpha)))
    throw new AugmentationError(`mixup takes an alpha from 0 on, not ${alpha}.`);
  return augmentation("mixup", { alpha: parameter(alpha, 1) }, ({ x, y }, draws) => {
    if (alpha === 0) return { x, y };
    const batch = x.shape[0];
    const { shares, others } = mixture(draws, batch, alpha);
    return { x: mixed(x, shares, others), y: mixed(y, shares, others) };
  });
}

function mixture(draws: Draws, batch: number, alpha: number): { shares: Float32Array; others: Int32Array } {
  return { others: draws.permutation(batch), shares: draws.beta(batch, alpha) };
}

function bounds(factor: Factor, name: string, least: number = -Infinity, most: number = Infinity): [number, number] {
  const [low, high] = typeof factor === "number" ? [-Math.abs(factor), Math.abs(factor)] : factor;
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high || low < least || high > most) {
    const wanted = Number.isFinite(least) ? `from ${least} ${most === Infinity ? "on" : `to ${most}`}` : "";
    throw new AugmentationError(
      `${name} cannot take the factor ${String(factor)}.`,
      `Give a number, or a pair [lower, upper]${wanted === "" ? "" : `, ${wanted}`}.`,
    );
  }
  return [low, high];
}

function parameter(value: Factor, most: number): AugmentationParameter {
  return { value, most };
}
