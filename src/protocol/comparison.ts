/** A run's model beside the one that other hyperparameters give. */
import { classScores } from "./classification";
import type { NewRunEvent } from "./events";
import type { Hyperparameter } from "./runManifest";

export type Compared = Extract<NewRunEvent, { type: "compared" }>;

/** "augment=false, made=0". */
export function settingsText(hyperparameters: Readonly<Record<string, Hyperparameter>>): string {
  return Object.entries(hyperparameters)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(", ");
}

/** The class whose recall differs the most between the two; undefined where there are no classes, or none differs. */
export function largestRecallChange({
  compared,
  asTrained,
  classNames = [],
}: Pick<Compared, "compared" | "asTrained" | "classNames">):
  { name: string; compared: number; asTrained: number } | undefined {
  if (!compared.confusion || !asTrained.confusion) return undefined;
  const names = compared.confusion.map((_, i) => classNames[i] ?? String(i));
  const [before, after] = [classScores(compared.confusion, names), classScores(asTrained.confusion, names)];
  const changes = before.map(({ name, recall }, i) => ({ name, compared: recall, asTrained: after[i].recall }));
  const size = (change: (typeof changes)[number]): number => Math.abs(change.asTrained - change.compared) || 0;
  const [largest] = changes.sort((a, b) => size(b) - size(a));
  return size(largest) > 0 ? largest : undefined;
}
