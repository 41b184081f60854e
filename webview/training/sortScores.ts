import type { ClassScore } from "../../src/protocol/classification";

export interface Sorting {
  by: "class" | "precision" | "recall" | "f1" | "support";
  descending: boolean;
}

/** The scores in another order; "class" is the order of the model's outputs. A score that is no number comes last. */
export function sortScores(scores: readonly ClassScore[], { by, descending }: Sorting): ClassScore[] {
  const sign = descending ? -1 : 1;
  const numbered = scores.map((score, i) => ({ score, key: by === "class" ? i : score[by] }));
  numbered.sort((a, b) => {
    if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number(Number.isNaN(a.key)) - Number(Number.isNaN(b.key));
    return sign * (a.key - b.key);
  });
  return numbered.map(({ score }) => score);
}
