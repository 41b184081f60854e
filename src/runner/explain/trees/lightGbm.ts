/** LightGBM's text model (Booster.save_model("x.txt")). */
import { MISSING, type Tree, type TreeEnsemble } from "../../../shap";
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
  if (from.get("num_cat") !== undefined && Number(from.get("num_cat")) > 0)
    throw new TreeFileError("it splits on categories, which cannot be explained yet: encode them as numbers.");
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
  // A tree that never split tells no counts.
  const counts = splits > 0 ? all("internal_count", list("leaf_count", leaves)) : [1];
  return {
    left: Int32Array.from(all("left_child", []).map(child).concat(none)),
    right: Int32Array.from(all("right_child", []).map(child).concat(none)),
    feature: Int32Array.from(all("split_feature", zeros)),
    threshold: Float64Array.from(all("threshold", zeros)),
    missing: Uint8Array.from([...kinds.map(missingKind), ...zeros]),
    missingLeft: Uint8Array.from([...kinds.map((kind) => (kind >> 1) & 1), ...zeros]),
    cover: Float64Array.from(counts),
    value: Float64Array.from([
      ...Array.from({ length: splits }, () => 0),
      ...list("leaf_value", leaves).map((each) => each * share),
    ]),
    width: 1,
    firstOutput,
  };
}

/** Bits 2 and 3 of a decision type. @throws TreeFileError where bit 0 says that it is no comparison. */
function missingKind(kind: number): number {
  if (kind & 1)
    throw new TreeFileError("it splits on categories, which cannot be explained yet: encode them as numbers.");
  const kinds: readonly number[] = [MISSING.none, MISSING.zero, MISSING.nan];
  const missing = kinds.at((kind >> 2) & 3);
  if (missing === undefined) throw new TreeFileError(`decision_type ${kind} is unknown.`);
  return missing;
}
