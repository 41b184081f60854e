/** Hierarchies of features, and maskers that have one. */
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { ExplainerOptionError } from "../attributions";
import type { Clustering } from "./clustering";
import { type Masker, independentMasker } from "./masker";

/**
 * Tabular features by their correlation over the background, the most alike first (complete linkage of 1 - |r|); hidden ones
 * take the background's values (`shap.maskers.Partition`).
 */
export function partitionMasker(background: NdArray): Masker {
  return { ...independentMasker(background), clustering: correlationClustering(background) };
}

/** Complete linkage of 1 - |r|, r the correlation of two features. */
export function correlationClustering({ data, shape }: NdArray): Clustering {
  const [rows, features] = [shape[0], sizeOf(shape.slice(1))];
  if (features > 1000)
    throw new ExplainerOptionError(
      `${features} features are too many to cluster by correlation; pictures are divided by place.`,
    );
  const columns = Array.from({ length: features }, (_, i) => {
    const column = Float64Array.from({ length: rows }, (_, row) => data[row * features + i]);
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const centred = column.map((value) => value - mean);
    const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
    return length > 0 ? centred.map((value) => value / length) : centred;
  });
  const distance = columns.map((a) =>
    columns.map((b) => 1 - Math.abs(a.reduce((sum, value, row) => sum + value * b[row], 0))),
  );
  return completeLinkage(distance);
}

/** @param distance [n, n], symmetric; changed. */
function completeLinkage(distance: number[][]): Clustering {
  const n = distance.length;
  const found = { left: new Int32Array(n - 1), right: new Int32Array(n - 1), distance: new Float64Array(n - 1) };
  const label = Array.from({ length: n }, (_, i) => i);
  const alive = Array.from({ length: n }, (_, i) => i);
  for (let step = 0; step < n - 1; step++) {
    let [a, b] = [alive[0], alive[1]];
    for (const i of alive) for (const j of alive) if (i < j && distance[i][j] < distance[a][b]) [a, b] = [i, j];
    [found.left[step], found.right[step]] = [label[a], label[b]];
    found.distance[step] = Math.max(0, distance[a][b]);
    label[a] = n + step;
    alive.splice(alive.indexOf(b), 1);
    for (const i of alive) distance[a][i] = distance[i][a] = Math.max(distance[a][i], distance[b][i]);
  }
  return found;
}

/** A picture halved again and again, along its longer side, and last by channel, as shap's Image masker. */
export function imageClustering(shape: readonly number[]): Clustering {
  if (shape.length !== 3)
    throw new ExplainerOptionError(`A picture has the shape [height, width, channels]; this is [${shape.join(", ")}].`);
  const players = sizeOf(shape);
  const found = { left: new Int32Array(players - 1), right: new Int32Array(players - 1) };
  type Box = readonly [from: readonly number[], to: readonly number[]];
  let next = players - 1;
  const place = (box: Box): number => {
    const [from, to] = box;
    const [height, width, channels] = to.map((end, axis) => end - from[axis]);
    if (height * width * channels === 1) {
      // Counted from the end, as shap does: a side of odd length has its larger half first.
      return players - 1 - ((from[0] * shape[1] + from[1]) * shape[2] + from[2]);
    }
    const axis = height >= width && height > 1 ? 0 : width > 1 ? 1 : 2;
    const middle = from[axis] + Math.floor((to[axis] - from[axis]) / 2);
    const index = --next;
    found.left[index] = place([from, to.map((end, i) => (i === axis ? middle : end))]);
    found.right[index] = place([from.map((begin, i) => (i === axis ? middle : begin)), to]);
    return players + index;
  };
  place([[0, 0, 0], shape]);
  return { ...found, distance: new Float64Array(players - 1) };
}

/**
 * Hidden pixels take their values from the picture itself, blurred (`shap.maskers.Image("blur(k,k)")`: OpenCV's box blur, mirrored
 * at the edges without repeating them).
 *
 * @param kernel width of the blur in pixels, odd.
 */
export function blurMasker(shape: readonly number[], kernel: number): Masker {
  const clustering = imageClustering(shape);
  if (!Number.isInteger(kernel) || kernel < 1 || kernel % 2 === 0)
    throw new ExplainerOptionError(`A blur is an odd number of pixels wide, not ${kernel}.`);
  const each = Int32Array.from({ length: sizeOf(shape) }, (_, i) => i);
  return {
    ...{ featureShape: shape, players: each, playerCount: each.length, rows: 1, clustering },
    standIns: (x) => boxBlur(x, shape, kernel),
  };
}

function boxBlur(x: Float32Array, shape: readonly number[], kernel: number): Float32Array {
  const [height, width, channels] = shape;
  const half = (kernel - 1) / 2;
  const blurAxis = (data: Float64Array, length: number, step: number): Float64Array =>
    data.map((_, at) => {
      const position = Math.floor(at / step) % length;
      let sum = 0;
      for (let offset = -half; offset <= half; offset++)
        sum += data[at + (mirrored(position + offset, length) - position) * step];
      return sum / kernel;
    });
  return Float32Array.from(blurAxis(blurAxis(Float64Array.from(x), height, width * channels), width, channels));
}

/** Position i of a row that continues mirrored: … 2 1 0 1 2 … n-1 n-2 … */
function mirrored(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((i % period) + period) % period;
  return within < length ? within : period - within;
}
