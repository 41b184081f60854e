/** Pixels at another size, as numbers from 0 to 1. */
import type { Pixels } from "./decode";

/** For each new position: the first old one that it takes from, and the weights from there on, which add up to 1. */
type Taps = { from: number; weights: number[] }[];

/**
 * A picture in its new size, [height, width, channels], 0 to 1. Bilinear, over all the pixels that a new one covers where it
 * becomes smaller: Pillow's BILINEAR. What is transparent lies over white. One channel is Pillow's "L", the luma of
 * ITU-R 601.
 */
export function resized(
  { width, height, data }: Pixels,
  [toHeight, toWidth]: readonly [height: number, width: number],
  channels: 1 | 3,
): Float32Array {
  const pixels = flatten(data, width * height, channels);
  const rows = new Float32Array(height * toWidth * channels);
  tapsOf(width, toWidth).forEach(({ from, weights }, x) => {
    for (let y = 0; y < height; y++)
      weights.forEach((weight, i) => {
        const source = (y * width + from + i) * channels;
        const target = (y * toWidth + x) * channels;
        for (let c = 0; c < channels; c++) rows[target + c] += weight * pixels[source + c];
      });
  });
  const result = new Float32Array(toHeight * toWidth * channels);
  const stride = toWidth * channels;
  tapsOf(height, toHeight).forEach(({ from, weights }, y) =>
    weights.forEach((weight, i) => {
      for (let k = 0; k < stride; k++) result[y * stride + k] += weight * rows[(from + i) * stride + k];
    }),
  );
  return result;
}

/** [pixels, channels], 0 to 1, over white. */
function flatten(data: Uint8ClampedArray, pixels: number, channels: 1 | 3): Float32Array {
  const result = new Float32Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    const alpha = data[i * 4 + 3] / 255;
    const [r, g, b] = [0, 1, 2].map((c) => (data[i * 4 + c] / 255) * alpha + 1 - alpha);
    if (channels === 1) result[i] = 0.299 * r + 0.587 * g + 0.114 * b;
    else result.set([r, g, b], i * 3);
  }
  return result;
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(from, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: last - first }, (_, i) =>
      Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((all, weight) => all + weight, 0);
    return { from: first, weights: raw.map((weight) => weight / sum) };
  });
}
