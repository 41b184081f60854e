/** XGBoost's model (Booster.save_model("x.json") or "x.ubj"), schema version 1 to 3. */
import * as v from "valibot";
import { floatBelow } from "../../../protocol/numbers";
import { type CategorySplit, MISSING, type Tree, type TreeEnsemble } from "../../../shap";
import { TreeFileError, checked } from "./treeFileError";

const numbers = v.array(v.number());
/** XGBoost writes most numbers as texts. */
const count = v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.integer(), v.minValue(0));
const TreeSchema = v.object({
  left_children: numbers,
  right_children: numbers,
  split_indices: numbers,
  split_conditions: numbers,
  default_left: v.array(v.union([v.number(), v.boolean()])),
  sum_hessian: v.optional(numbers, []),
  base_weights: numbers,
  // Which categories a node lists: `sizes` of `categories`, from `segments` on.
  categories: v.optional(numbers, []),
  categories_nodes: v.optional(numbers, []),
  categories_segments: v.optional(numbers, []),
  categories_sizes: v.optional(numbers, []),
});
type XgTree = v.InferOutput<typeof TreeSchema>;
const Trees = v.object({ trees: v.array(TreeSchema), tree_info: v.array(v.number()) });
const Model = v.object({
  learner: v.object({
    learner_model_param: v.object({
      base_score: v.union([v.string(), v.number()]),
      num_class: v.optional(count, 0),
      num_target: v.optional(count, 1),
      num_feature: count,
    }),
    objective: v.object({ name: v.string() }),
    feature_names: v.optional(v.array(v.string()), []),
    gradient_booster: v.object({
      name: v.string(),
      model: v.optional(Trees),
      // Of dart: its trees, and how much each still counts.
      gbtree: v.optional(v.object({ model: Trees })),
      weight_drop: v.optional(numbers),
    }),
  }),
});

const LOGISTIC = new Set(["binary:logistic", "reg:logistic"]);
const EXPONENTIAL = new Set(["reg:gamma", "reg:tweedie", "count:poisson", "survival:cox", "survival:aft"]);

export function isXgBoost(value: unknown): boolean {
  return typeof value === "object" && value !== null && "learner" in value;
}

/** @throws TreeFileError */
export function parseXgBoost(value: unknown): TreeEnsemble {
  const { learner } = checked(Model, value);
  const { learner_model_param: parameters, objective, gradient_booster: booster, feature_names: names } = learner;
  const model = booster.name === "dart" ? booster.gbtree?.model : booster.model;
  if (!["gbtree", "dart"].includes(booster.name) || !model)
    throw new TreeFileError(`the booster is ${booster.name}; of XGBoost's, gbtree and dart can be explained.`);
  const outputs = Math.max(1, parameters.num_class, parameters.num_target);
  const { trees, tree_info: groups } = model;
  const weights = booster.name === "dart" ? (booster.weight_drop ?? []) : trees.map(() => 1);
  if (weights.length !== trees.length) throw new TreeFileError("weight_drop does not say how much each tree counts.");
  if (groups.length !== trees.length) throw new TreeFileError("tree_info does not say which output each tree is for.");
  const base = baseScores(parameters.base_score, outputs).map((score) => {
    if (LOGISTIC.has(objective.name)) return Math.log(score / (1 - score));
    return EXPONENTIAL.has(objective.name) ? Math.log(score) : score;
  });
  return {
    features: parameters.num_feature,
    outputs,
    base: Float64Array.from(base),
    trees: trees.map((tree, i) => readTree(tree, i, { output: groups[i], outputs, weight: weights[i] })),
    ...(names.length === parameters.num_feature && names.length > 0 ? { featureNames: names } : {}),
  };
}

/** "5E-1", or from version 3.1 on "[5E-1,2E-1]". */
function baseScores(text: string | number, outputs: number): number[] {
  const scores = String(text).replace(/[[\]]/g, "").split(",").map(Number);
  if (!scores.every(Number.isFinite)) throw new TreeFileError(`base_score ${text} is no number.`);
  return Array.from({ length: outputs }, (_, k) => (scores.length === outputs ? scores[k] : scores[0]));
}

/** @param place which of the `outputs` the tree adds to, and how much it counts. */
function readTree(tree: XgTree, index: number, place: { output: number; outputs: number; weight: number }): Tree {
  const { output, outputs, weight } = place;
  const nodes = tree.left_children.length;
  const { right_children, split_indices, split_conditions, default_left, sum_hessian, base_weights } = tree;
  // Vectors come without some of the other arrays.
  if (base_weights.length > nodes && base_weights.length % nodes === 0)
    throw new TreeFileError(
      "its leaves are vectors, which cannot be explained: train with multi_strategy one_output_per_tree.",
    );
  const parts = [right_children, split_indices, split_conditions, default_left, sum_hessian, base_weights];
  if (nodes === 0 || parts.some(({ length }) => length !== nodes))
    throw new TreeFileError(`the arrays of tree ${index} differ in length.`);
  if (!(output >= 0 && output < outputs))
    throw new TreeFileError(`tree ${index} is for output ${output} of ${outputs}.`);
  const left = Int32Array.from(tree.left_children);
  return {
    left,
    right: Int32Array.from(right_children),
    feature: Int32Array.from(split_indices),
    // Left is below the condition there, and at most the threshold here.
    threshold: Float64Array.from(split_conditions, (condition, node) =>
      left[node] < 0 ? 0 : floatBelow(Math.fround(condition)),
    ),
    missing: new Uint8Array(nodes).fill(MISSING.nan),
    missingLeft: Uint8Array.from(default_left, Number),
    cover: Float64Array.from(sum_hessian),
    value: Float64Array.from(split_conditions, (condition, node) => (left[node] < 0 ? condition * weight : 0)),
    width: 1,
    firstOutput: output,
    ...(tree.categories_nodes.length > 0 ? { categories: categorySplits(tree, index) } : {}),
  };
}

function categorySplits(tree: XgTree, index: number): Map<number, CategorySplit> {
  const { categories, categories_nodes: nodes, categories_segments: segments, categories_sizes: sizes } = tree;
  const fits = (node: number, i: number): boolean =>
    tree.left_children[node] >= 0 && segments[i] >= 0 && sizes[i] > 0 && segments[i] + sizes[i] <= categories.length;
  if (segments.length !== nodes.length || sizes.length !== nodes.length || !nodes.every(fits))
    throw new TreeFileError(`the categories of tree ${index} do not fit its nodes.`);
  return new Map(
    nodes.map((node, i) => {
      const listed = new Set(categories.slice(segments[i], segments[i] + sizes[i]));
      return [node, { listed, listedLeft: false }];
    }),
  );
}
