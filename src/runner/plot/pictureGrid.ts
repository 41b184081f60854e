import type { NdArray } from "../../protocol/ndArray";
import { encodePng } from "../../../webview/plots/raster";

const COLUMNS = 8;
const ROWS = 2;
/** Between two pictures, pixels. */
const GAP = 1;

/**
 * The first pictures side by side, as a PNG: 0 is black, 1 is white or full colour.
 *
 * @param pictures [n, height, width, 1 or 3], 0 to 1; values outside are cut off.
 * @param options.columns beside each other; by default 8, in two rows. Where they are given, every picture is drawn.
 * @throws RangeError for another shape.
 */
export function pictureGrid(
  pictures: NdArray,
  options: { columns?: number } = {},
): { png: Uint8Array; width: number; height: number } {
  const [count, rows, columns, channels] = pictures.shape;
  if (pictures.shape.length !== 4 || (channels !== 1 && channels !== 3))
    throw new RangeError(`Pictures have the shape [n, height, width, 1 or 3], not [${pictures.shape.join(", ")}].`);
  const shown = options.columns === undefined ? Math.min(count, COLUMNS * ROWS) : count;
  const across = Math.min(shown, options.columns ?? COLUMNS);
  const width = across * (columns + GAP) - GAP;
  const height = Math.ceil(shown / across) * (rows + GAP) - GAP;
  const pixels = new Uint8Array(width * height * 3).fill(128);
  for (let i = 0; i < shown; i++) {
    const [top, left] = [Math.floor(i / across) * (rows + GAP), (i % across) * (columns + GAP)];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const from = ((i * rows + y) * columns + x) * channels;
        const to = ((top + y) * width + left + x) * 3;
        for (let k = 0; k < 3; k++) {
          const value = pictures.data[from + (channels === 3 ? k : 0)];
          pixels[to + k] = Math.round(255 * Math.min(1, Math.max(0, value)));
        }
      }
    }
  }
  return { png: encodePng(width, height, pixels), width, height };
}
