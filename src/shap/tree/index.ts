/** Explaining decision trees. */
export { type CategorySplit, MISSING, type Tree, type TreeEnsemble } from "./ensemble";
export { TreeExplainer, type TreeOptions } from "./treeExplainer";
export { treePredictor } from "./treePredictor";
