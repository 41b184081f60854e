/** Maskers that hide pixels by what the picture itself shows (`shap.maskers.Image`). */
import { sizeOf } from "../../protocol/ndArray";
import { ExplainerOptionError } from "../attributions";
import { imageClustering } from "./hierarchy";
import { INPAINT_METHODS, type InpaintMethod, inpaint } from "./inpaint/inpaint";
import { type Masker, grouped } from "./masker";

/** What stands in for hidden pixels: one value, a blur of the picture, or its surroundings continued. */
export type MaskValue = number | InpaintMethod | { blur: readonly [width: number, height: number] };

/** The greatest value of a picture: of 0 to 1, or of grey levels 0 to 255. */
export type White = 1 | 255;

/**
 * shap's words for a mask value: inpaint_telea, inpaint_ns, blur(width,height), or a number.
 *
 * @throws ExplainerOptionError
 */
export function parseMaskValue(text: string): MaskValue {
  const method = INPAINT_METHODS.find((each) => each === text);
  if (method) return method;
  const blur = /^blur\((\d+), ?(\d+)\)$/.exec(text);
  if (blur) return { blur: [Number(blur[1]), Number(blur[2])] };
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new ExplainerOptionError(
    `mask_value "${text}" is none of ${INPAINT_METHODS.join(", ")}, blur(3,3), or a number.`,
  );
}

/**
 * A masker of pictures that are halved again and again, for PartitionExplainer.
 *
 * @param shape [height, width, channels].
 * @param white needed for inpainting, which works on grey levels.
 * @throws ExplainerOptionError
 */
export function imageMasker(shape: readonly number[], value: MaskValue, white: White = 255): Masker {
  if (typeof value === "number") {
    const standIns = new Float32Array(sizeOf(shape)).fill(value);
    return pictureMasker(shape, () => standIns);
  }
  return typeof value === "string" ? inpaintMasker(shape, value, white) : blurMasker(shape, value.blur);
}

function pictureMasker(shape: readonly number[], standIns: Masker["standIns"]): Masker {
  const clustering = imageClustering(shape);
  return { ...grouped(shape), ...{ rows: 1, clustering, standIns } };
}

/**
 * Hidden pixels take their values from the picture itself, blurred (`shap.maskers.Image("blur(k,k)")`: OpenCV's box blur, mirrored
 * at the edges without repeating them).
 *
 * @param kernel width and height of the blur in pixels.
 */
export function blurMasker(
  shape: readonly number[],
  kernel: number | readonly [width: number, height: number],
): Masker {
  const [width, height] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  for (const pixels of [width, height])
    if (!Number.isInteger(pixels) || pixels < 1)
      throw new ExplainerOptionError(`A blur is a whole number of pixels wide, from 1 on, not ${pixels}.`);
  return pictureMasker(shape, (x) => boxBlur(x, shape, width, height));
}

function boxBlur(x: Float32Array, shape: readonly number[], kernelWidth: number, kernelHeight: number): Float32Array {
  const [height, width, channels] = shape;
  const blurAxis = (data: Float64Array, kernel: number, length: number, step: number): Float64Array =>
    data.map((_, at) => {
      const position = Math.floor(at / step) % length;
      const first = position - Math.floor(kernel / 2);
      let sum = 0;
      for (let i = first; i < first + kernel; i++) sum += data[at + (mirrored(i, length) - position) * step];
      return sum / kernel;
    });
  const columns = blurAxis(Float64Array.from(x), kernelHeight, height, width * channels);
  return Float32Array.from(blurAxis(columns, kernelWidth, width, channels));
}

/** Position i of a row that continues mirrored: … 2 1 0 1 2 … n-1 n-2 … */
function mirrored(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((i % period) + period) % period;
  return within < length ? within : period - within;
}

/**
 * Hidden pixels are filled in from those around them (`shap.maskers.Image("inpaint_telea")` and "inpaint_ns"), in all channels
 * where one is hidden; where all pixels are, by the picture's mean colour. As there but for two things that shap gets wrong: a
 * picture of 0 to 1 is inpainted on 256 grey levels, not on two, and what hidden pixels held has no influence.
 *
 * @param shape [height, width, channels].
 * @throws ExplainerOptionError where the shape is none of a picture, and, when used, for values that are not 0 to `white`.
 */
export function inpaintMasker(shape: readonly number[], method: InpaintMethod, white: White): Masker {
  const [height, width, channels] = shape;
  const pixels = height * width;
  const masker = pictureMasker(shape, (x) => meanColour(x, channels));
  if (height < 2 || width < 2)
    throw new ExplainerOptionError(
      `Inpainting takes pictures of 2 x 2 pixels or more; these are ${height} x ${width}.`,
    );
  const greyOf = white === 255 ? 1 : 255;
  return {
    ...masker,
    fillIn: (row, x, shown) => {
      checkRange(x, white);
      const hidden = new Uint8Array(pixels).fill(1);
      const shownChannels = new Uint16Array(pixels);
      for (const feature of shown) shownChannels[Math.floor(feature / channels)]++;
      let known = 0;
      for (let pixel = 0; pixel < pixels; pixel++)
        if (shownChannels[pixel] === channels) [hidden[pixel], known] = [0, known + 1];
      if (known === pixels) return;
      const mean = masker.standIns(x);
      for (let i = 0; i < row.length; i++) if (hidden[Math.floor(i / channels)]) row[i] = mean[i];
      if (known === 0) return;
      const filled = inpaint(
        Uint8Array.from(row, (value) => Math.round(value * greyOf)),
        hidden,
        shape,
        method,
      );
      for (let i = 0; i < row.length; i++) if (hidden[Math.floor(i / channels)]) row[i] = filled[i] / greyOf;
    },
  };
}

/** [height, width, channels]: each channel's mean everywhere. */
function meanColour(x: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  x.forEach((value, i) => (sums[i % channels] += value));
  return Float32Array.from(x, (_, i) => (sums[i % channels] * channels) / x.length);
}

function checkRange(x: Float32Array, white: White): void {
  const wrong = x.find((value) => !(value >= 0 && value <= white));
  if (wrong !== undefined)
    throw new ExplainerOptionError(
      `Inpainting takes pictures with values from 0 to ${white}${white === 1 ? ", as the background's" : ""}; here is one with ${wrong}. Take a blur, which takes any.`,
    );
}
