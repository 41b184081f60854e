/** A decision tree in words. */
import type { TreeModel } from "../../src/protocol/treeModel";
import { indexOfHighest } from "../../src/protocol/numbers";
import type { TreeNodes } from "../../src/protocol/treeNodes";
import { sentences, t } from "../l10n";
import { type Category, categoriesOf, categoryText } from "./layout/categories";
import { formatNumber } from "./layout/numbers";
import { type Condition, type PlacedNode, conditionsOf } from "./layout/tree";

export type TreeNames = Pick<TreeModel, "task" | "feature_names" | "output_names">;

/** "62 %"; shares near but not at the ends do not read as these. */
export function formatShare(share: number): string {
  const percent = Math.round(share * 100);
  const honest = share > 0 && share < 1 ? Math.min(99, Math.max(1, percent)) : percent;
  return `${honest} %`;
}

/** "benign", or the mean. */
export function answerOf(tree: TreeNodes, node: number, { task, output_names: names }: TreeNames): string {
  const value = tree.value[node];
  return task === "classification" ? names[indexOfHighest(value)] : formatNumber(value[0]);
}

/** "399 rows · 62 %": how many, and how sure. */
export function countsOf(tree: TreeNodes, node: number, { task }: TreeNames): string {
  const rows = formatNumber(tree.weighted_n_node_samples[node]);
  return task === "classification"
    ? t("{0} rows · {1}", rows, formatShare(Math.max(...tree.value[node])))
    : t("{0} rows", rows);
}

/** Where a split tells a category from the others of its column: below the threshold it does not hold. */
function categoryAt(names: readonly string[], feature: number, threshold: number): Category | undefined {
  return threshold >= 0 && threshold < 1 ? categoriesOf(names)[feature] : undefined;
}

/** "worst radius ≤ 16.8", or "sex ≠ 2". */
export function splitText(tree: TreeNodes, node: number, { feature_names: names }: TreeNames): string {
  const category = categoryAt(names, tree.feature[node], tree.threshold[node]);
  if (category) return categoryText(category, false);
  return `${names[tree.feature[node]]} ≤ ${formatNumber(tree.threshold[node])}`;
}

function conditionText({ feature, above, atMost }: Condition, { feature_names: names }: TreeNames): string {
  const name = names[feature];
  const category = categoryAt(names, feature, above ?? atMost ?? NaN);
  if (category && (above === undefined || atMost === undefined)) return categoryText(category, above !== undefined);
  if (above === undefined) return `${name} ≤ ${formatNumber(atMost ?? NaN)}`;
  const low = `${name} > ${formatNumber(above)}`;
  return atMost === undefined ? low : `${formatNumber(above)} < ${name} ≤ ${formatNumber(atMost)}`;
}

/** A node for those who do not see it. */
export function nodeLabel(tree: TreeNodes, placed: PlacedNode, names: TreeNames): string {
  const { node, kind, from } = placed;
  const answer = `${answerOf(tree, node, names)}, ${countsOf(tree, node, names)}`;
  const what = kind === "leaf" ? t("Leaf: {0}", answer) : t("{0}? {1}", splitText(tree, node, names), answer);
  if (!from) return what;
  return from.holds ? t("Yes: {0}", what) : t("No: {0}", what);
}

/** The rule that leads to a node, and what is true there. */
export function ruleSentence(tree: TreeNodes, node: number, names: TreeNames): string {
  const conditions = conditionsOf(tree, node).map((condition) => conditionText(condition, names));
  const [rows, all] = [tree.weighted_n_node_samples[node], tree.weighted_n_node_samples[0]].map((n) => formatNumber(n));
  const reach =
    conditions.length === 0
      ? t("All {0} training rows.", all)
      : t("{0}: {1} of {2} training rows.", conditions.join(", "), rows, all);
  const value = tree.value[node];
  const answer =
    names.task === "classification"
      ? t("Of them {0}.", names.output_names.map((name, k) => `${name} ${formatShare(value[k])}`).join(", "))
      : t("Mean of “{0}”: {1}.", names.output_names[0], formatNumber(value[0]));
  return sentences(reach, answer);
}
