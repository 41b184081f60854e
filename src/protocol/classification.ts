/** Per-class scores from a confusion matrix (rows: true class, columns: predicted class). */

export interface ClassScore {
  name: string;
  /** True examples of the class. */
  support: number;
  /** NaN where nothing was predicted as the class. */
  precision: number;
  /** NaN where the class has no example. */
  recall: number;
  f1: number;
}

/** Precision, recall and F1 per class; F1 is 2TP / (2TP + FP + FN). */
export function classScores(confusion: readonly (readonly number[])[], classNames?: readonly string[]): ClassScore[] {
  return confusion.map((row, k) => {
    const truePositives = row[k] ?? 0;
    const support = row.reduce((sum, n) => sum + n, 0);
    const predicted = confusion.reduce((sum, other) => sum + (other[k] ?? 0), 0);
    return {
      name: classNames?.[k] ?? String(k),
      support,
      precision: truePositives / predicted,
      recall: truePositives / support,
      f1: (2 * truePositives) / (support + predicted),
    };
  });
}

/** The share of examples on the diagonal. */
export function accuracy(confusion: readonly (readonly number[])[]): number {
  let right = 0;
  let all = 0;
  confusion.forEach((row, i) =>
    row.forEach((n, j) => {
      all += n;
      if (i === j) right += n;
    }),
  );
  return right / all;
}
