/** Which hyperparameters an augmentation depends on, found by calling it. */
import { type Augmentation, type AugmentationStep, stepsOf } from "../../data/augment/augmentation";
import type { Strength } from "../../protocol/preview";
import type { Hyperparameter } from "../../protocol/runManifest";
import type { Recipe } from "../recipe";

/** The augmentation with the hyperparameters as they are, and which of them `augment()` reads. */
export async function readsOf(recipe: Recipe): Promise<{ read: string[]; augment: Augmentation | undefined }> {
  const own = recipe.hyperparameters;
  const kept = { ...own };
  const read = new Set<string>();
  for (const [name, value] of Object.entries(kept)) {
    Object.defineProperty(own, name, {
      ...{ configurable: true, enumerable: true },
      get: (): Hyperparameter => {
        read.add(name);
        return value;
      },
    });
  }
  try {
    const augment = await recipe.augment();
    return { read: [...read], augment };
  } finally {
    for (const [name, value] of Object.entries(kept))
      Object.defineProperty(own, name, { ...{ configurable: true, enumerable: true, writable: true }, value });
  }
}

/**
 * Numbers and switches among them, with what each changes in the steps.
 *
 * @param read names of hyperparameters. @param steps of the augmentation as it is.
 */
export async function findStrengths(
  recipe: Recipe,
  read: readonly string[],
  steps: readonly AugmentationStep[],
): Promise<Strength[]> {
  const strengths: Strength[] = [];
  for (const name of read) {
    const value = recipe.hyperparameters[name];
    if (typeof value === "boolean") strengths.push({ name, value, changes: [] });
    if (typeof value !== "number") continue;
    const changed = await changedBy(recipe, name, value, steps);
    const bounds = changed.flatMap(({ most }) => (most === undefined ? [] : [most]));
    strengths.push({
      name,
      value,
      ...(bounds.length > 0 ? { most: Math.min(...bounds) } : {}),
      changes: changed.map(({ what }) => what),
    });
  }
  return strengths;
}

interface Change {
  /** "randomRotation factor". */
  what: string;
  most?: number | undefined;
}

/** Parameters of the steps that are others with another value; none where the augmentation does not take it. */
async function changedBy(
  recipe: Recipe,
  name: string,
  value: number,
  steps: readonly AugmentationStep[],
): Promise<Change[]> {
  const own = recipe.hyperparameters;
  own[name] = value === 0 ? 0.1 : Number.isInteger(value) ? value - 1 : value / 2;
  let others: readonly AugmentationStep[];
  try {
    const augment = await recipe.augment();
    others = augment ? stepsOf(augment) : [];
  } catch {
    // A value that it refuses tells nothing of what it changes.
    return [];
  } finally {
    own[name] = value;
  }
  return steps.flatMap((step, i) =>
    Object.entries(step.parameters).flatMap(([parameter, { value: before, most }]) =>
      String(others.at(i)?.parameters[parameter]?.value) === String(before)
        ? []
        : [{ what: `${step.name} ${parameter}`, most }],
    ),
  );
}
