import { DOWN, LEFT, Neighbours, RIGHT, type Scene, UP, setGrey } from "./scene";

const { fround } = Math;

/**
 * Estimates a pixel by the idea of the Navier-Stokes method, to carry brightness on along lines of equal brightness (Bertalmio,
 * Bertozzi & Sapiro 2001): known pixels count more the nearer they are, and the more the way to them follows such a line there.
 * These weights are OpenCV's, in place of the paper's iterated equations; in single precision, as there.
 */
export function navierStokes(scene: Scene): (at: number) => void {
  const { width, channels, picture } = scene;
  const line = width * channels;
  const known = new Neighbours(scene);
  return (at) => {
    known.moveTo(at);
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let total = fround(1e-20);
      for (let n = 0; n < known.count; n++) {
        const beside = known.beside[n];
        const from = known.from[n] + channel;
        const below = known.below[n] + channel;
        const right = known.right[n] + channel + channels;
        // The middle is another for the two directions, as in OpenCV; it matters at the edges only.
        const vertical = change(picture, beside, UP, DOWN, from - line, below, below + line);
        const horizontal = change(picture, beside, LEFT, RIGHT, from - channels, from, right);
        const along = Math.abs(known.y[n] * horizontal - known.x[n] * vertical);
        const square = known.square[n];
        const direction = along <= 0.01 ? 1e-6 : along / Math.sqrt(square * (vertical ** 2 + horizontal ** 2));
        const weight = fround(fround(1 / (square ** 2 + 1)) * fround(direction));
        sum = fround(sum + fround(weight * picture[known.own[n] + channel]));
        total = fround(total + weight);
      }
      setGrey(scene, at, channel, sum / total);
    }
  };
}

/** How much grey levels change over three pixels in a row; where one of the outer two is not known, as if by its other side. */
function change(
  picture: Uint8Array,
  beside: number,
  before: number,
  after: number,
  first: number,
  middle: number,
  last: number,
): number {
  const toFirst = (beside & before) === 0 ? -1 : Math.abs(picture[middle] - picture[first]);
  const toLast = (beside & after) === 0 ? -1 : Math.abs(picture[last] - picture[middle]);
  if (toFirst < 0) return 2 * Math.max(0, toLast);
  return toFirst + (toLast < 0 ? toFirst : toLast);
}
