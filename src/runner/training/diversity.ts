import type { NdArray } from "../../protocol/ndArray";

/** Pairs that are compared: enough for a mean that is steady to a tenth. */
const PAIRS = 64;
/** As many examples as are looked at. */
export const DIVERSITY_ROWS = PAIRS + 1;

/** The mean distance between an example and the next: those of a batch are in no order, and repeated ones stay apart. */
function spread({ data, shape: [count] }: NdArray): number {
  const size = data.length / count;
  const pairs = Math.min(PAIRS, count - 1);
  let sum = 0;
  for (let i = 0; i < pairs; i++) {
    let squares = 0;
    for (let k = i * size; k < (i + 1) * size; k++) squares += (data[k] - data[k + size]) ** 2;
    sum += Math.sqrt(squares);
  }
  return sum / pairs;
}

/**
 * How different what a model makes is, compared with what it learns from: about 1 for a good one, near 0 where all of its
 * pictures look alike (mode collapse). Undefined where the two have different shapes, or what it learns from is all the same.
 */
export function diversity(made: NdArray, real: NdArray): number | undefined {
  if (String(made.shape.slice(1)) !== String(real.shape.slice(1))) return undefined;
  if (made.shape[0] < 2 || real.shape[0] < 2) return undefined;
  const wanted = spread(real);
  return wanted > 0 ? spread(made) / wanted : undefined;
}
