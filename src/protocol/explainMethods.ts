/** The methods of explaining by name, and which of them fit a model as a run's events describe it. */
import type { RunState } from "./reducer";

/** For models of layers; the first is what is taken where nobody chooses. */
export const MODEL_METHOD_NAMES = [
  "deep",
  "gradient",
  "integrated-gradients",
  "kernel",
  "permutation",
  "exact",
  "sampling",
  "partition",
  "occlusion",
  "lime",
  "linear",
] as const;
export type ModelMethod = (typeof MODEL_METHOD_NAMES)[number];

/** All names that `--method` takes. */
export const METHOD_NAMES = [...MODEL_METHOD_NAMES, "tree"] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** 2^16 coalitions are all that ExactExplainer evaluates where it is not told otherwise. */
const MOST_EXACT_FEATURES = 16;

/** Layers whose inputs are whole numbers, of which there are no gradients. */
const TOKEN_LAYERS = new Set(["Embedding", "CategoryEncoding"]);

/** Layers that a linear model may have beside its one Dense layer. */
const LINEAR_LAYERS = new Set(["InputLayer", "Flatten", "Reshape", "Dropout", "Dense", "Activation", "Softmax"]);

/**
 * The methods that can explain a run's model, the recommended one first.
 *
 * @param state what a run has told of its model; where it has told nothing, all for layers are held possible.
 */
export function fittingMethods({ trees, model, data }: Pick<RunState, "trees" | "model" | "data">): MethodName[] {
  if (trees) return ["tree"];
  const classes = model?.layers.map(({ className }) => className) ?? [];
  const features = data?.inputShape.reduce((product, size) => product * size, 1);
  const misfits: Partial<Record<ModelMethod, boolean>> = {
    gradient: classes.some((name) => TOKEN_LAYERS.has(name)),
    "integrated-gradients": classes.some((name) => TOKEN_LAYERS.has(name)),
    exact: features !== undefined && features > MOST_EXACT_FEATURES,
    linear:
      model !== undefined &&
      !(classes.every((name) => LINEAR_LAYERS.has(name)) && classes.filter((name) => name === "Dense").length === 1),
  };
  return MODEL_METHOD_NAMES.filter((name) => !misfits[name]);
}
