/** A split on the device: uploaded once, taken batch by batch. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createHash } from "node:crypto";
import type { Batch } from "../../data/augment/augmentation";
import type { ClassWeight } from "../../data/classWeights";
import { type ExampleSource, type Inputs, isSource } from "../../data/inputs";
import type { LoadingNotes, Split, TrainingData } from "../../data/trainingData";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import type { RecipeFix } from "../../protocol/recipeCheck";
import { UserError } from "../errors";
import { classWeightsOf } from "./classWeights";
import type { ExampleSet } from "./exampleSets";

export class Examples implements ExampleSet {
  readonly count: number;
  private readonly x: tf.Tensor;
  private readonly y: tf.Tensor;

  constructor(split: Split) {
    this.x = tf.tensor(split.x.data, [...split.x.shape]);
    this.y = tf.tensor(split.y.data, [...split.y.shape]);
    this.count = split.x.shape[0];
  }

  /** The rows of an order, [rows, ...shape]; the caller disposes them. */
  gather(rows: Uint32Array): Batch {
    const indices = tf.tensor1d(Int32Array.from(rows), "int32");
    const batch = { x: tf.gather(this.x, indices), y: tf.gather(this.y, indices) };
    indices.dispose();
    return batch;
  }

  /** Rows `from` to `to`, `to` left out; the caller disposes them. */
  slice(from: number, to: number): Batch {
    return { x: this.x.slice(from, to - from), y: this.y.slice(from, to - from) };
  }

  *batches(order: Uint32Array, size: number): Generator<Batch> {
    for (let from = 0; from < order.length; from += size) yield this.gather(order.subarray(from, from + size));
  }

  *inOrder(size: number): Generator<Batch> {
    for (let from = 0; from < this.count; from += size) yield this.slice(from, Math.min(this.count, from + size));
  }

  dispose(): void {
    tf.dispose([this.x, this.y]);
  }
}

/**
 * What a recipe's `data()` returned, checked. Tensors become arrays.
 *
 * @throws UserError that names the split and what is wrong with it.
 */
export async function readTrainingData(returned: unknown): Promise<TrainingData<Inputs>> {
  if (!isRecord(returned)) throw malformed(`data() returned ${returned === null ? "null" : typeof returned}`);
  const train = await readSplit(returned["train"], "train");
  const validation = await readSplit(returned["validation"], "validation");
  const test = returned["test"] === undefined ? undefined : await readSplit(returned["test"], "test");
  for (const [name, split] of Object.entries({ validation, ...(test ? { test } : {}) })) {
    for (const part of ["x", "y"] as const) {
      if (String(split[part].shape.slice(1)) !== String(train[part].shape.slice(1))) {
        throw malformed(
          `${name}.${part} has examples of shape [${split[part].shape.slice(1).join(", ")}], train.${part} of [${train[part].shape.slice(1).join(", ")}]`,
        );
      }
    }
  }
  const data: TrainingData<Inputs> = { ...names(returned), train, validation, ...(test ? { test } : {}) };
  if (returned["classWeight"] === undefined) return data;
  const classWeight = classWeightsOf({ ...data, classWeight: returned["classWeight"] as ClassWeight });
  return { ...data, ...(classWeight ? { classWeight } : {}) };
}

function names(
  returned: Record<string, unknown>,
): Pick<TrainingData, "name" | "classNames" | "featureNames" | "targetNames" | "loading"> {
  const texts = (key: string): string[] | undefined => {
    const value = returned[key];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw malformed(`${key} is no array`);
    return value.map(String);
  };
  const classNames = texts("classNames");
  const featureNames = texts("featureNames");
  const targetNames = texts("targetNames");
  return {
    ...(typeof returned["name"] === "string" ? { name: returned["name"] } : {}),
    ...(classNames ? { classNames } : {}),
    ...(featureNames ? { featureNames } : {}),
    ...(targetNames ? { targetNames } : {}),
    ...(returned["loading"] === undefined ? {} : { loading: readLoading(returned["loading"]) }),
  };
}

function readLoading(value: unknown): LoadingNotes {
  if (!isRecord(value)) throw malformed("loading is no object");
  const { filled, skipped, problems } = value;
  return {
    ...(typeof filled === "number" ? { filled } : {}),
    ...(typeof skipped === "number" ? { skipped } : {}),
    ...(Array.isArray(problems) ? { problems: problems.map(String) } : {}),
  };
}

async function readSplit(value: unknown, name: string): Promise<Split<Inputs>> {
  if (!isRecord(value)) throw malformed(`${name} is missing`);
  const x = asSource(value["x"], `${name}.x`) ?? (await readArray(value["x"], `${name}.x`));
  const y = await readArray(value["y"], `${name}.y`);
  if (x.shape[0] !== y.shape[0]) throw malformed(`${name} has ${x.shape[0]} examples in x and ${y.shape[0]} in y`);
  if (x.shape[0] === 0) throw malformed(`${name} has no examples`);
  if (value["raw"] === undefined) return { x, y };
  if (isSource(x)) throw malformed(`${name}.raw stands beside a source of examples`);
  const raw = await readArray(value["raw"], `${name}.raw`);
  if (String(raw.shape) !== String(x.shape)) {
    throw malformed(`${name}.raw has the shape [${raw.shape.join(", ")}], x has [${x.shape.join(", ")}]`);
  }
  return { x, y, raw };
}

/** A source of examples; undefined where it is something else. */
function asSource(value: unknown, name: string): ExampleSource | undefined {
  if (!isRecord(value) || typeof value["read"] !== "function") return undefined;
  const { shape } = value;
  if (Array.isArray(shape) && shape.length > 0 && shape.every((n) => Number.isInteger(n) && Number(n) >= 0)) {
    return value as unknown as ExampleSource;
  }
  throw malformed(`${name} is a source of examples without a shape, [examples, ...]`);
}

async function readArray(value: unknown, name: string): Promise<NdArray> {
  if (value instanceof tf.Tensor) {
    const tensor = value as tf.Tensor;
    const array = { data: Float32Array.from(await tensor.data()), shape: tensor.shape };
    tensor.dispose();
    return array;
  }
  if (!isRecord(value) || !(value["data"] instanceof Float32Array) || !Array.isArray(value["shape"])) {
    throw malformed(
      `${name} is neither a tensor nor { data: Float32Array, shape: number[] } nor a source, { shape, read }`,
    );
  }
  const shape = value["shape"].map(Number);
  if (sizeOf(shape) !== value["data"].length) {
    throw malformed(
      `${name} has ${value["data"].length} numbers, its shape [${shape.join(", ")}] wants ${sizeOf(shape)}`,
    );
  }
  return { data: value["data"], shape };
}

function malformed(what: string): UserError {
  return new UserError(
    `The recipe's data cannot be used: ${what}.`,
    "data() returns { train, validation, test? }, each { x, y } with x of shape [examples, ...] and y with one row an example.",
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Data and model that do not go together, and what in the recipe would mend it. */
export class FitError extends UserError {
  constructor(
    message: string,
    advice: string,
    readonly fix: RecipeFix | undefined,
  ) {
    super(message, advice);
  }
}

/**
 * Whether the data fits the model.
 *
 * @throws UserError that says how to bring the two together.
 */
export function checkFit(model: LayersModel, data: TrainingData<Inputs>): void {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new UserError(
      `The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs; recipes train models with one of each.`,
    );
  }
  if (!(model as { optimizer?: tf.Optimizer }).optimizer) {
    throw new UserError(
      "The model is not compiled.",
      "Call model.compile({ optimizer, loss, metrics }) in createModel().",
    );
  }
  const input = model.inputs[0].shape.slice(1);
  const example = data.train.x.shape.slice(1);
  if (!fits(input, example)) {
    const sameSize = input.every((n) => n !== null) && sizeOf(input) === sizeOf(example);
    throw new FitError(
      `The model takes examples of shape [${input.join(", ")}], the data has [${example.join(", ")}].`,
      sameSize
        ? `They hold the same numbers: begin the model with tf.layers.reshape({ targetShape: [${input.join(", ")}], inputShape: [${example.join(", ")}] }), or load the data in that shape.`
        : `Set inputShape: [${example.join(", ")}] in the model's first layer.`,
      { kind: "inputShape", shape: example },
    );
  }
  const output = model.outputs[0].shape.slice(1);
  const target = data.train.y.shape.slice(1);
  const loss = typeof model.loss === "string" ? model.loss : "a function of the recipe";
  const sparse = loss.startsWith("sparse");
  const wanted = sparse ? output.slice(0, -1) : output;
  const sparseFits = sparse && (fits(wanted, target) || fits([...wanted, 1], target));
  if (!(sparse ? sparseFits : fits(wanted, target))) {
    const classes = output.at(-1);
    const columns = !sparse && output.length === 1 && target.length === 1 && target[0] > 1;
    throw new FitError(
      `The model answers with shape [${output.join(", ")}], the data's y has [${target.join(", ")}] an example, and the loss is ${loss}.`,
      sparse
        ? "With a sparse loss y holds class numbers: one number an example."
        : sizeOf(target) === 1
          ? `Give y as one-hot rows of ${String(classes)} numbers, or compile with loss: "sparseCategoricalCrossentropy".`
          : "Give the last layer as many units as y has columns.",
      columns ? { kind: "units", units: target[0] } : undefined,
    );
  }
}

function fits(wanted: readonly (number | null)[], found: readonly number[]): boolean {
  return wanted.length === found.length && wanted.every((n, i) => n === null || n === found[i]);
}

/**
 * SHA-256 over the training split's bytes and shapes, as hex; over a source's version in place of its bytes.
 *
 * @returns undefined for a source without one.
 */
export function fingerprint({ train }: TrainingData<Inputs>): string | undefined {
  const hash = createHash("sha256");
  for (const part of [train.x, train.y]) {
    hash.update(`[${part.shape.join(",")}]`);
    if (!isSource(part)) hash.update(new Uint8Array(part.data.buffer, part.data.byteOffset, part.data.byteLength));
    else if (part.version === undefined) return undefined;
    else hash.update(part.version);
  }
  return hash.digest("hex");
}
