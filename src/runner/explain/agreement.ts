/** How far two explanations of the same samples agree. */
import type { Explanation } from "../../protocol/explanation";
import { mean } from "../../protocol/numbers";

export interface Agreement {
  samples: number;
  features: number;
  outputs: number;
  /** max and mean of |a - b|, over all values. */
  maxDifference: number;
  meanDifference: number;
  /** maxDifference over the largest |a|. */
  relativeDifference: number;
  /** Spearman's rank correlation of |a| and |b| among the features, averaged over samples and outputs; NaN for constant ones. */
  rankCorrelation: number;
  /** Fraction of the k features with the largest |a| that are among those of b, averaged likewise. */
  topOverlap: number;
  topK: number;
}

/**
 * @param topK how many features count as the top; fewer where there are fewer.
 * @throws RangeError that names both shapes where they differ.
 */
export function compareExplanations(a: Explanation, b: Explanation, topK: number): Agreement {
  const shape = ({ samples, featureShape, outputs }: Explanation): string =>
    [samples, ...featureShape, outputs].join(", ");
  if (shape(a) !== shape(b)) throw new RangeError(`The values have the shapes [${shape(a)}] and [${shape(b)}].`);
  const { samples, features, outputs } = a;
  const k = Math.min(topK, features);
  let [most, sum, largest] = [0, 0, 0];
  a.values.forEach((value, i) => {
    const difference = Math.abs(value - b.values[i]);
    // A NaN stays: Math.max passes it on.
    most = Math.max(most, difference);
    sum += difference;
    largest = Math.max(largest, Math.abs(value));
  });
  const [correlations, overlaps] = [[] as number[], [] as number[]];
  for (let column = 0; column < samples * outputs; column++) {
    const start = Math.floor(column / outputs) * features * outputs + (column % outputs);
    const sizes = [a, b].map(({ values }) =>
      Float64Array.from({ length: features }, (_, i) => Math.abs(values[start + i * outputs])),
    );
    const correlation = pearson(ranks(sizes[0]), ranks(sizes[1]));
    if (Number.isFinite(correlation)) correlations.push(correlation);
    const [first, second] = sizes.map((each) => highest(each, k));
    overlaps.push(Array.from(first).filter((i) => second.has(i)).length / k);
  }
  return {
    samples,
    features,
    outputs,
    maxDifference: most,
    meanDifference: sum / a.values.length,
    relativeDifference: most === 0 ? 0 : most / largest,
    rankCorrelation: mean(correlations),
    topOverlap: mean(overlaps),
    topK: k,
  };
}

/** Ranks from 0 on; ties share their mean rank. */
function ranks(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const found = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) found[order[i]] = (from + to - 1) / 2;
    from = to;
  }
  return found;
}

function pearson(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    ab += (value - meanA) * (b[i] - meanB);
    aa += (value - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}

function highest(values: Float64Array, k: number): Set<number> {
  const order = Array.from(values.keys()).sort((i, j) => values[j] - values[i] || i - j);
  return new Set(order.slice(0, k));
}
