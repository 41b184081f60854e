/** `model/trees.json` of a run: a trained decision tree or forest, open to whoever reads JSON. */
import * as v from "valibot";
import type { TreeNodes } from "./treeNodes";

export const TREE_MODEL_FORMAT = "trainlens-trees";

const index = v.pipe(v.number(), v.integer(), v.minValue(-1));

/** One tree's arrays, which fit each other. */
export const TreeArrays = v.pipe(
  v.object({
    children_left: v.pipe(v.array(index), v.minLength(1)),
    children_right: v.array(index),
    feature: v.array(index),
    threshold: v.array(v.number()),
    value: v.array(v.array(v.number())),
    weighted_n_node_samples: v.array(v.number()),
  }),
  v.check((nodes) => isTree(nodes), "the arrays are no tree"),
) satisfies v.GenericSchema<unknown, TreeNodes>;

/** Trees that were trained together; the model answers with the mean of what they answer. */
export const TreeModel = v.pipe(
  v.object({
    format: v.literal(TREE_MODEL_FORMAT),
    kind: v.picklist(["decision tree", "random forest"]),
    task: v.picklist(["classification", "regression"]),
    /** Of a sum or the mean of the trees, always the latter: other readers of such arrays take the sum. */
    combine: v.literal("mean"),
    n_features: v.pipe(v.number(), v.integer(), v.minValue(1)),
    feature_names: v.array(v.string()),
    /** Of the classes, or of the quantity. */
    output_names: v.pipe(v.array(v.string()), v.minLength(1)),
    trees: v.pipe(v.array(TreeArrays), v.minLength(1)),
  }),
  v.check(
    ({ n_features: features, feature_names: names }) => names.length === features,
    "feature_names are not n_features",
  ),
  v.check(
    ({ n_features: features, trees }) =>
      trees.every(({ feature, children_left: left }) =>
        feature.every((compared, node) => left[node] < 0 || (compared >= 0 && compared < features)),
      ),
    "a node compares a feature that there is not",
  ),
  v.check(
    ({ output_names: names, trees }) =>
      trees.every(({ value }) => value.every((outputs) => outputs.length === names.length)),
    "a node's value has not one number for each of output_names",
  ),
);
export type TreeModel = v.InferOutput<typeof TreeModel>;

/** @throws RangeError where a text is no such model; the message says what of it. */
export function parseTreeModel(text: string): TreeModel {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RangeError("the file is no JSON", { cause: error });
  }
  const parsed = v.safeParse(TreeModel, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new RangeError(`${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
}

/** Whether the arrays fit each other, and every node but the root stands after its one parent. */
function isTree({
  children_left: left,
  children_right: right,
  feature,
  threshold,
  value,
  ...rest
}: TreeNodes): boolean {
  const nodes = left.length;
  const arrays = [right, feature, threshold, value, rest.weighted_n_node_samples];
  if (arrays.some(({ length }) => length !== nodes)) return false;
  const parents = new Uint8Array(nodes);
  for (let node = 0; node < nodes; node++) {
    if (left[node] < 0 && right[node] < 0) continue;
    for (const child of [left[node], right[node]]) {
      if (child <= node || child >= nodes || parents[child]++ > 0) return false;
    }
  }
  return parents.every((count, node) => count === (node === 0 ? 0 : 1));
}
