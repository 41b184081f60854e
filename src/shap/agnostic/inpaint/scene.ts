import type { Field } from "./fastMarching";

/** Within how many pixels a hidden one looks for known ones: shap's. */
export const INPAINT_RADIUS = 3;

/** A picture that is being filled in. */
export interface Scene extends Field {
  height: number;
  width: number;
  channels: number;
  /** [height, width, channels], grey levels 0 to 255. */
  picture: Uint8Array;
  /** [framed pixels], 1 where nothing is known yet. */
  unknown: Uint8Array;
}

/** Which pixels beside a neighbour are known; those of the frame are. */
export const [LEFT, RIGHT, UP, DOWN] = [1, 2, 4, 8] as const;

/** More than there are within the radius. */
const MOST = (2 * INPAINT_RADIUS + 1) ** 2;

/** The known pixels within the radius of one that is estimated, row by row; the arrays are used again for the next. */
export class Neighbours {
  count = 0;
  /** Places in the framed picture. */
  readonly at = new Int32Array(MOST);
  /** From the neighbour to the estimated pixel, and the square of that distance. */
  readonly x = new Int32Array(MOST);
  readonly y = new Int32Array(MOST);
  readonly square = new Int32Array(MOST);
  readonly beside = new Uint8Array(MOST);
  /** Places in the picture, of their first channels. */
  readonly own = new Int32Array(MOST);
  /**
   * From where differences to what is before are taken, and to what is below and to the right: OpenCV keeps clear of the
   * picture's edges.
   */
  readonly from = new Int32Array(MOST);
  readonly below = new Int32Array(MOST);
  readonly right = new Int32Array(MOST);

  constructor(private readonly scene: Scene) {}

  /** @param at in the framed picture. */
  moveTo(at: number): void {
    const { height, width, channels, stride, unknown } = this.scene;
    const row = Math.floor(at / stride);
    const column = at % stride;
    const lastRow = Math.min(height, row + INPAINT_RADIUS);
    const lastColumn = Math.min(width, column + INPAINT_RADIUS);
    let n = 0;
    for (let k = Math.max(1, row - INPAINT_RADIUS); k <= lastRow; k++) {
      const fromRow = Math.max(k - 1, 1);
      const toRow = Math.min(k - 1, height - 2);
      for (let l = Math.max(1, column - INPAINT_RADIUS); l <= lastColumn; l++) {
        const near = k * stride + l;
        const square = (column - l) ** 2 + (row - k) ** 2;
        if (unknown[near] === 1 || square > INPAINT_RADIUS ** 2) continue;
        const fromColumn = Math.max(l - 1, 1);
        this.at[n] = near;
        this.x[n] = column - l;
        this.y[n] = row - k;
        this.square[n] = square;
        this.beside[n] =
          (unknown[near - 1] === 0 ? LEFT : 0) |
          (unknown[near + 1] === 0 ? RIGHT : 0) |
          (unknown[near - stride] === 0 ? UP : 0) |
          (unknown[near + stride] === 0 ? DOWN : 0);
        this.own[n] = ((k - 1) * width + l - 1) * channels;
        this.from[n] = (fromRow * width + fromColumn) * channels;
        this.below[n] = (toRow * width + fromColumn) * channels;
        this.right[n] = (fromRow * width + Math.min(l - 1, width - 2)) * channels;
        n++;
      }
    }
    this.count = n;
  }
}

/** Sets one channel of a framed pixel to the nearest grey level, of two the even one. */
export function setGrey({ width, channels, stride, picture }: Scene, at: number, channel: number, value: number): void {
  const floor = Math.floor(value);
  const rest = value - floor;
  const rounded = rest === 0.5 ? floor + (floor % 2) : rest > 0.5 ? floor + 1 : floor;
  const pixel = (Math.floor(at / stride) - 1) * width + (at % stride) - 1;
  picture[pixel * channels + channel] = Math.min(255, Math.max(0, rounded));
}
