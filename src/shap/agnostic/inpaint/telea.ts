import { DOWN, LEFT, Neighbours, RIGHT, type Scene, UP, setGrey } from "./scene";

const { fround } = Math;

/**
 * Estimates a pixel by Telea's method: known pixels around it, continued by their gradients, count more the nearer they are, the
 * nearer to its distance from the edge, and the more they lie in the direction in which the hole is filled (Telea 2004, eq. 2-3).
 * As OpenCV has it, the gradients only shift the mean, by a grey level or so. In single precision, as OpenCV's.
 */
export function telea(scene: Scene): (at: number) => void {
  const { width, channels, stride, unknown, times, picture } = scene;
  const line = width * channels;
  const known = new Neighbours(scene);
  const weights = new Float32Array(known.at.length);
  /** The difference of times along one axis, central where both neighbours are known. */
  const slopeOfTime = (at: number, step: number): number => {
    const before = unknown[at - step] === 0;
    const after = unknown[at + step] === 0;
    if (before && after) return fround(fround(times[at + step] - times[at - step]) * 0.5);
    return before ? fround(times[at] - times[at - step]) : after ? fround(times[at + step] - times[at]) : 0;
  };
  return (at) => {
    const timeX = slopeOfTime(at, 1);
    const timeY = slopeOfTime(at, stride);
    known.moveTo(at);
    for (let n = 0; n < known.count; n++) {
      const distance = fround(1 / (known.square[n] * Math.sqrt(known.square[n])));
      const level = fround(1 / (1 + Math.abs(fround(times[known.at[n]] - times[at]))));
      const along = fround(fround(known.x[n] * timeX) + fround(known.y[n] * timeY));
      weights[n] = Math.abs(fround(fround(distance * level) * (Math.abs(along) <= 0.01 ? fround(1e-6) : along)));
    }
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let shiftX = 0;
      let shiftY = 0;
      let total = fround(1e-20);
      for (let n = 0; n < known.count; n++) {
        const weight = weights[n];
        const from = known.from[n] + channel;
        const right = known.right[n] + channel;
        const below = known.below[n] + channel;
        const slopeX = slope(picture, known.beside[n], LEFT, RIGHT, from, right, channels);
        const slopeY = slope(picture, known.beside[n], UP, DOWN, from, below, line);
        sum = fround(sum + fround(weight * picture[known.own[n] + channel]));
        shiftX = fround(shiftX - fround(weight * (slopeX * known.x[n])));
        shiftY = fround(shiftY - fround(weight * (slopeY * known.y[n])));
        total = fround(total + weight);
      }
      const length = fround(
        fround(Math.sqrt(fround(fround(shiftX * shiftX) + fround(shiftY * shiftY)))) + fround(1e-20),
      );
      const shift = fround(fround(shiftX + shiftY) / length);
      setGrey(scene, at, channel, fround(fround(fround(sum / total) + shift) + 0.5));
    }
  };
}

/** The slope at three pixels in a row, as far as the outer ones are known; twice as large where both are. */
function slope(
  picture: Uint8Array,
  beside: number,
  before: number,
  after: number,
  from: number,
  to: number,
  step: number,
): number {
  if ((beside & before) !== 0)
    return (beside & after) !== 0
      ? 2 * (picture[to + step] - picture[from - step])
      : picture[to] - picture[from - step];
  return (beside & after) !== 0 ? picture[to + step] - picture[from] : 0;
}
