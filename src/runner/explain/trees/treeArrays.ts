/** Trees as the arrays of scikit-learn's `tree_`, in JSON: shap's own dictionary of custom trees. */
import * as v from "valibot";
import { MISSING, type Tree, type TreeEnsemble } from "../../../shap";
import { TreeFileError, checked } from "./treeFileError";

const numbers = v.array(v.number());
const TreeSchema = v.object({
  children_left: numbers,
  children_right: numbers,
  /** Where NaN goes; left by default. */
  children_default: v.optional(numbers),
  feature: numbers,
  threshold: numbers,
  /** [nodes, outputs]. */
  value: v.array(numbers),
  weighted_n_node_samples: numbers,
});
const Model = v.object({
  trees: v.pipe(v.array(TreeSchema), v.minLength(1)),
  /** Added to the sum of the trees, a number or one for each output. */
  base_offset: v.optional(v.union([v.number(), numbers]), 0),
  /** Whether the model answers with the sum of its trees, or with their mean. */
  combine: v.optional(v.picklist(["sum", "mean"]), "sum"),
  feature_names: v.optional(v.array(v.string())),
  n_features: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

export function isTreeArrays(value: unknown): boolean {
  return typeof value === "object" && value !== null && "trees" in value;
}

/** @throws TreeFileError */
export function parseTreeArrays(value: unknown): TreeEnsemble {
  const { trees, base_offset: offset, combine, feature_names: names, n_features: count } = checked(Model, value);
  const features =
    count ?? names?.length ?? 1 + trees.reduce((most, tree) => tree.feature.reduce((a, b) => Math.max(a, b), most), 0);
  const outputs = trees[0].value[0]?.length ?? 0;
  if (outputs < 1) throw new TreeFileError("the nodes of tree 0 have no values.");
  const base = typeof offset === "number" ? Array.from({ length: outputs }, () => offset) : offset;
  if (base.length !== outputs)
    throw new TreeFileError(`base_offset has ${base.length} numbers for ${outputs} outputs.`);
  return {
    features,
    outputs,
    base: Float64Array.from(base),
    trees: trees.map((tree, i) => readTree(tree, i, outputs, combine === "mean" ? trees.length : 1)),
    ...(names?.length === features ? { featureNames: names } : {}),
  };
}

/** @param parts of the ensemble that the tree is one of. */
function readTree(tree: v.InferOutput<typeof TreeSchema>, index: number, outputs: number, parts: number): Tree {
  const nodes = tree.children_left.length;
  const { children_right, children_default, feature, threshold, value, weighted_n_node_samples: cover } = tree;
  const arrays = [children_right, children_default ?? children_right, feature, threshold, value, cover];
  if (nodes === 0 || arrays.some(({ length }) => length !== nodes) || value.some(({ length }) => length !== outputs))
    throw new TreeFileError(`the arrays of tree ${index} differ in length.`);
  return {
    left: Int32Array.from(tree.children_left),
    right: Int32Array.from(children_right),
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    missing: new Uint8Array(nodes).fill(MISSING.nan),
    missingLeft: Uint8Array.from(tree.children_left, (left, node) =>
      Number((children_default ?? tree.children_left)[node] === left),
    ),
    cover: Float64Array.from(cover),
    value: Float64Array.from(value.flat(), (each) => each / parts),
    width: outputs,
    firstOutput: 0,
  };
}
