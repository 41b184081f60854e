/** `*.shap.npz`: an archive with the fields of Python's `shap.Explanation`. */
import { EXPLANATION_FIELDS, type Explanation } from "../protocol/explanation";
import { type ExplanationMeta, parseMeta } from "../protocol/explanationMeta";
import { sizeOf } from "../protocol/ndArray";
import { type Axes, findAxes } from "./explanationAxes";
import type { NpyArray, NumericNpyArray } from "./npy";
import { DEFAULT_LIMITS, type NpzLimits, readNpz } from "./npz";
import { NpzError } from "./npzError";
import { type ArrayParts, NpzStream, collect } from "./npzStream";

/**
 * The explanation in an archive. Only `values` and `base_values` must be there; names are made up where it has none.
 *
 * @throws NpzError that names the field and both shapes where two do not fit.
 */
export function readExplanation(bytes: Uint8Array, limits: NpzLimits = DEFAULT_LIMITS): Explanation {
  const fields = readNpz(bytes, limits, EXPLANATION_FIELDS);
  const values = required(fields, "values");
  const base = required(fields, "base_values");
  const data = fields.get("data");
  const display = fields.get("display_data");
  const axes = findAxes({
    values: values.shape,
    base: base.shape,
    data: (data ?? display)?.shape,
    featureNames: lengthOf(fields.get("feature_names")),
    outputNames: lengthOf(fields.get("output_names")),
  });
  const { samples, featureShape, outputs } = axes;
  const features = sizeOf(featureShape);
  const displayed = display ?? (data?.kind === "text" ? data : undefined);
  // Values of pairs of features: what describes single features, as `findAxes` has seen, has none of them to show.
  const described = data ?? display;
  const ofInteractions = described !== undefined && !fitsFeatures(described.shape, axes);
  const bounds = (name: "lower_bounds" | "upper_bounds"): Float32Array | Float64Array | undefined => {
    const array = fields.get(name);
    if (!array) return undefined;
    if (String(array.shape) !== String(values.shape)) throw misfit(name, array.shape, "values", values.shape);
    return floats(numeric(array, name));
  };
  const lowerBounds = bounds("lower_bounds");
  const upperBounds = bounds("upper_bounds");
  const predictions = fields.get("predictions");
  return {
    samples,
    featureShape,
    features,
    outputs,
    values: floats(values),
    baseValues: perSample(base, "base_values", axes),
    ...(data?.kind === "numeric" && !ofInteractions
      ? { data: perFeature(floats(data), data.shape, "data", axes) }
      : {}),
    ...(displayed && !ofInteractions
      ? { displayData: perFeature(texts(displayed), displayed.shape, "display_data", axes) }
      : {}),
    featureNames: featureNames(fields.get("feature_names"), featureShape),
    outputNames: outputNames(fields.get("output_names"), outputs),
    ...(lowerBounds ? { lowerBounds } : {}),
    ...(upperBounds ? { upperBounds } : {}),
    ...(predictions ? { predictions: perSample(numeric(predictions, "predictions"), "predictions", axes) } : {}),
    meta: readMeta(fields.get("meta")),
  };
}

/** An explanation but for its values. */
export type ExplanationFrame = Omit<Explanation, "values">;

/** How values of a whole explanation are laid out. */
export type ValueLayout = Pick<Explanation, "samples" | "featureShape" | "outputs">;

/** The archive of an explanation, as `np.load` and `readExplanation` read it. */
export function writeExplanation(explanation: Explanation): Uint8Array {
  return collect((emit) => {
    const stream = new ExplanationStream(emit);
    stream.values(explanation.values, explanation);
    stream.end(explanation);
  });
}

/** Writes an explanation whose values come block by block, before what is known of it at the end. */
export class ExplanationStream {
  readonly #npz: NpzStream;
  #values: ArrayParts | undefined;

  /** @param emit takes the archive's bytes in their order. */
  constructor(emit: (bytes: Uint8Array) => void) {
    this.#npz = new NpzStream(emit);
  }

  /** The values of the samples that follow, and how those of all samples are laid out. */
  values(block: Float32Array | Float64Array, whole: ValueLayout): void {
    this.#values ??= this.#npz.parts("values", valueShape(whole), block);
    this.#values.push(block);
  }

  /** @throws RangeError where the values were of another number of samples. */
  end(explanation: ExplanationFrame): void {
    this.#values?.end();
    const { samples, featureShape, features, outputs, lowerBounds, upperBounds } = explanation;
    const perOutput = outputs === 1 ? [samples] : [samples, outputs];
    const [shape, dataShape] = [valueShape(explanation), [samples, ...featureShape]];
    const numeric = (name: string, data: Float32Array | Float64Array | undefined, ofShape: readonly number[]): void => {
      if (data) this.#npz.add(name, { kind: "numeric", shape: ofShape, data });
    };
    const text = (name: string, data: readonly string[] | undefined, ofShape: readonly number[]): void => {
      if (data) this.#npz.add(name, { kind: "text", shape: ofShape, data: [...data] });
    };
    numeric("base_values", explanation.baseValues, perOutput);
    numeric("data", explanation.data, dataShape);
    text("display_data", explanation.displayData, dataShape);
    text("feature_names", explanation.featureNames, [features]);
    text("output_names", explanation.outputNames, [outputs]);
    numeric("lower_bounds", lowerBounds, shape);
    numeric("upper_bounds", upperBounds, shape);
    numeric("predictions", explanation.predictions, perOutput);
    text("meta", [JSON.stringify(explanation.meta)], []);
    this.#npz.end();
  }
}

/** One output has no axis of its own. */
function valueShape({ samples, featureShape, outputs }: ValueLayout): number[] {
  return [samples, ...featureShape, ...(outputs === 1 ? [] : [outputs])];
}

function required(fields: Map<string, NpyArray>, name: "values" | "base_values"): NumericNpyArray {
  const array = fields.get(name);
  if (!array) {
    throw new NpzError(
      `The file has no "${name}", so it is no explanation. Write it with np.savez("x.shap.npz", values=…, base_values=…).`,
    );
  }
  return numeric(array, name);
}

function numeric(array: NpyArray, name: string): NumericNpyArray {
  if (array.kind !== "numeric") throw new NpzError(`"${name}" holds text; it must hold numbers.`);
  return array;
}

function floats({ data }: NumericNpyArray): Float32Array | Float64Array {
  return data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data);
}

function texts(array: NpyArray): string[] {
  return Array.from(array.data as ArrayLike<string | number>, String);
}

function lengthOf(array: NpyArray | undefined): number | undefined {
  return array && sizeOf(array.shape);
}

/** A field with one element a sample and feature, or a sample's only. */
function perFeature<A>(array: A, shape: readonly number[], name: string, axes: Axes): A {
  if (!fitsFeatures(shape, axes)) throw misfit(name, shape, "values", axes.values);
  return array;
}

function fitsFeatures(shape: readonly number[], { samples, featureShape }: Axes): boolean {
  const single = samples === 1 && String(shape) === String(featureShape);
  return single || String(shape) === String([samples, ...featureShape]);
}

/** [samples, outputs] from a scalar, one number a sample or an output, or all of them. */
function perSample(array: NumericNpyArray, name: string, { samples, outputs, values }: Axes): Float64Array {
  const { data } = array;
  const shape = array.shape.filter((n, axis) => n !== 1 || axis >= 2);
  const result = new Float64Array(samples * outputs);
  const fill = (pick: (sample: number, output: number) => number): Float64Array => {
    for (let n = 0; n < samples; n++) for (let k = 0; k < outputs; k++) result[n * outputs + k] = data[pick(n, k)];
    return result;
  };
  if (data.length === 1) return fill(() => 0);
  if (String(array.shape) === String([samples, outputs])) return fill((n, k) => n * outputs + k);
  if (outputs > 1 && shape.length === 1 && shape[0] === outputs) return fill((_, k) => k);
  if (outputs === 1 && shape.length === 1 && shape[0] === samples) return fill((n) => n);
  if (data.length === 0 && samples === 0) return result;
  throw misfit(name, array.shape, "values", values);
}

function featureNames(array: NpyArray | undefined, shape: readonly number[]): string[] {
  const features = sizeOf(shape);
  if (!array) return Array.from({ length: features }, (_, i) => `Feature ${indexIn(shape, i).join(",")}`);
  const names = texts(array);
  if (names.length === features) return names;
  // Interactions: a square of features, named by both.
  if (shape.length === 2 && shape[0] === shape[1] && names.length === shape[0]) {
    return names.flatMap((row) => names.map((column) => (row === column ? row : `${row} × ${column}`)));
  }
  throw misfit("feature_names", array.shape, "one sample's features", shape);
}

function indexIn(shape: readonly number[], flat: number): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

function outputNames(array: NpyArray | undefined, outputs: number): string[] {
  if (!array) return Array.from({ length: outputs }, (_, k) => `Output ${k}`);
  const names = texts(array);
  if (names.length !== outputs) throw misfit("output_names", array.shape, "the outputs", [outputs]);
  return names;
}

function misfit(name: string, shape: readonly number[], other: string, otherShape: readonly number[]): NpzError {
  return new NpzError(
    `"${name}" has shape [${shape.join(", ")}], which does not fit ${other} of shape [${otherShape.join(", ")}].`,
  );
}

function readMeta(array: NpyArray | undefined): ExplanationMeta {
  return array?.kind === "text" && array.data.length === 1 ? parseMeta(array.data[0]) : {};
}
