/** Explaining decision trees. */
export { MISSING, type Tree, type TreeEnsemble } from "./ensemble";
export { TreeExplainer, type TreeOptions } from "./treeExplainer";
