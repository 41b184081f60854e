/** LightGBM's text model (Booster.save_model("x.txt")). */
import { type CategorySplit, MISSING, type Tree, type TreeEnsemble } from "../../../shap";
import { TreeFileError } from "./treeFileError";

export function isLightGbm(text: string): boolean {
  return /^\s*tree\r?\n/.test(text);
}

/** @throws TreeFileError */
export function parseLightGbm(text: string): TreeEnsemble {
  const [head, ...parts] = text.split(/\r?\n(?=Tree=\d+\r?\n)/);
  const header = fields(head);
  const features = wholeNumber(header, "max_feature_idx") + 1;
  const outputs = wholeNumber(header, "num_tree_per_iteration");
  if (features < 1 || outputs < 1) throw new TreeFileError("it has no features or no outputs.");
  const names = header.get("feature_names")?.split(" ");
  // A random forest answers with the mean of its trees.
  const share = header.has("average_output") ? outputs / parts.length : 1;
  return {
    features,
    outputs,
    base: new Float64Array(outputs),
    trees: parts.map((part, i) => readTree(fields(part.split(/\r?\nend of trees/)[0]), i, i % outputs, share)),
    ...(names?.length === features ? { featureNames: names } : {}),
  };
}

/** "name=value" lines; one without "=" is a flag. */
function fields(text: string): Map<string, string> {
  return new Map(
    text.split(/\r?\n/).map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line.trim(), ""] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function wholeNumber(from: Map<string, string>, name: string): number {
  const value = Number(from.get(name) ?? NaN);
  if (!Number.isInteger(value)) throw new TreeFileError(`${name} is missing or no whole number.`);
  return value;
}

function readTree(from: Map<string, string>, index: number, firstOutput: number, share: number): Tree {
  const leaves = wholeNumber(from, "num_leaves");
  if (Number(from.get("is_linear") ?? 0) > 0)
    throw new TreeFileError("its leaves are linear, which cannot be explained yet.");
  const splits = leaves - 1;
  const list = (name: string, length: number): number[] => {
    const values = (from.get(name) ?? "").split(" ").filter(Boolean).map(Number);
    if (values.length !== length || values.some(Number.isNaN))
      throw new TreeFileError(`${name} of tree ${index} has not ${length} numbers.`);
    return values;
  };
  // Splits are nodes 0 to splits - 1, leaves follow; a child -1 - i is leaf i.
  const child = (value: number): number => (value >= 0 ? value : splits - value - 1);
  const none = Array.from({ length: leaves }, () => -1);
  const zeros = none.map(() => 0);
  const kinds = splits > 0 ? list("decision_type", splits) : [];
  const all = (name: string, rest: number[]): number[] => [...(splits > 0 ? list(name, splits) : []), ...rest];
  const thresholds = all("threshold", zeros);
  const isCategory = (kind: number): boolean => (kind & 1) === 1;
  const categories = kinds.some(isCategory) ? readCategories(list, from, index) : [];
  const splitsByCategory = new Map<number, CategorySplit>();
  kinds.forEach((kind, node) => {
    if (!isCategory(kind)) return;
    const listed = categories.at(thresholds[node]);
    if (!listed || thresholds[node] < 0) throw new TreeFileError(`node ${node} of tree ${index} has no categories.`);
    splitsByCategory.set(node, { listed, listedLeft: true });
  });
  // A tree that never split tells no counts.
  const counts = splits > 0 ? all("internal_count", list("leaf_count", leaves)) : [1];
  return {
    left: Int32Array.from(all("left_child", []).map(child).concat(none)),
    right: Int32Array.from(all("right_child", []).map(child).concat(none)),
    feature: Int32Array.from(all("split_feature", zeros)),
    threshold: Float64Array.from(thresholds),
    missing: Uint8Array.from([...kinds.map(missingKind), ...zeros]),
    // No category goes right.
    missingLeft: Uint8Array.from([...kinds.map((kind) => (isCategory(kind) ? 0 : (kind >> 1) & 1)), ...zeros]),
    cover: Float64Array.from(counts),
    value: Float64Array.from([
      ...Array.from({ length: splits }, () => 0),
      ...list("leaf_value", leaves).map((each) => each * share),
    ]),
    width: 1,
    firstOutput,
    ...(splitsByCategory.size > 0 ? { categories: splitsByCategory } : {}),
  };
}

/** The sets of categories that go left, each a bit set of 32-bit words from one boundary to the next. */
function readCategories(
  list: (name: string, length: number) => number[],
  from: Map<string, string>,
  index: number,
): Set<number>[] {
  const boundaries = list("cat_boundaries", wholeNumber(from, "num_cat") + 1);
  const words = list("cat_threshold", boundaries.at(-1) ?? 0);
  return boundaries.slice(1).map((end, i) => {
    const begin = boundaries[i];
    if (!(begin >= 0 && end > begin)) throw new TreeFileError(`cat_boundaries of tree ${index} do not ascend.`);
    const listed = new Set<number>();
    words.slice(begin, end).forEach((word, at) => {
      for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) listed.add(32 * at + bit);
    });
    return listed;
  });
}

/** Bits 2 and 3 of a decision type; where bit 0 says that it is no comparison, only NaN is missing. */
function missingKind(kind: number): number {
  if (kind & 1) return MISSING.nan;
  const kinds: readonly number[] = [MISSING.none, MISSING.zero, MISSING.nan];
  const missing = kinds.at((kind >> 2) & 3);
  if (missing === undefined) throw new TreeFileError(`decision_type ${kind} is unknown.`);
  return missing;
}
