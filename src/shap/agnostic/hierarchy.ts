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
