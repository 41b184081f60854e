/** The outputs of a frozen base for all examples, computed once. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createHash } from "node:crypto";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { type Inputs, isSource } from "../../data/inputs";
import type { Split, TrainingData } from "../../data/trainingData";
import type { EventSink } from "../../protocol/events";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { formatBytes } from "../../protocol/numbers";
import { StoppedError } from "../errors";
import { readExamples } from "./exampleSets";
import { allLayers } from "./frozenBase";

/** Where features outlive a run. */
export interface FeatureCache {
  /** undefined where there are none of this key. */
  read(key: string): Promise<Map<string, NdArray> | undefined>;
  write(key: string, features: ReadonlyMap<string, NdArray>): Promise<void>;
}

/** What `features` is asked with, besides the base and the data. */
export interface FeatureRequest {
  /** Pictures that pass through the base at once. */
  rows: number;
  sink: EventSink;
  stopRequested(): boolean;
  cache?: FeatureCache | undefined;
}

/**
 * The data with the base's outputs in place of its inputs.
 *
 * @throws StoppedError between two batches, where a stop was requested.
 */
export async function features(
  base: LayersModel,
  data: TrainingData<Inputs>,
  request: FeatureRequest,
): Promise<TrainingData<Inputs>> {
  const { cache, sink } = request;
  const began = performance.now();
  const key = await fingerprint(base, data);
  const shape = featureShape(base);
  const splits = splitsOf(data);
  const examples = [...splits.values()].reduce((sum, { x }) => sum + x.shape[0], 0);
  const what = `the outputs of the frozen base, ${examples} of shape [${shape.join(", ")}]`;
  const found = key === undefined ? undefined : await cache?.read(key);
  if (
    found &&
    [...splits].every(([name, { x }]) => String(found.get(name)?.shape) === String([x.shape[0], ...shape]))
  ) {
    sink({ type: "log", level: "info", message: `Found ${what}, in the cache.` });
    return withFeatures(data, found);
  }
  const computed = new Map<string, NdArray>();
  for (const [name, { x }] of splits) computed.set(name, await outputs(base, x, request));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  sink({ type: "log", level: "info", message: `Computed ${what}, once for all epochs, in ${seconds} s.` });
  if (key !== undefined) await cache?.write(key, computed);
  return withFeatures(data, computed);
}

/** Features of a set that is read by batches take no more memory than this, bytes. */
const MOST_BYTES = 2 ** 29;

/** Whether the outputs for a set that is larger than memory would be so, too; says so in the events. */
export function tooLarge(base: LayersModel, data: TrainingData<Inputs>, sink: EventSink): boolean {
  const splits = [...splitsOf(data).values()];
  const examples = splits.reduce((sum, { x }) => sum + x.shape[0], 0);
  const bytes = examples * sizeOf(featureShape(base)) * Float32Array.BYTES_PER_ELEMENT;
  if (!splits.some(({ x }) => isSource(x)) || bytes <= MOST_BYTES) return false;
  sink({
    type: "log",
    level: "info",
    message: `The outputs of the frozen base would take ${formatBytes(bytes)}, and are computed in each step.`,
  });
  return true;
}

/** Without the batch axis. */
function featureShape(base: LayersModel): number[] {
  return base.outputs[0].shape.slice(1).map((n) => n ?? 1);
}

const ONE_ROW = { rows: 1, stopRequested: () => false };

async function outputs(
  base: LayersModel,
  x: Inputs,
  { rows, stopRequested }: Pick<FeatureRequest, "rows" | "stopRequested"> = ONE_ROW,
): Promise<NdArray> {
  const shape = featureShape(base);
  const [count] = x.shape;
  const outputSize = sizeOf(shape);
  const data = new Float32Array(count * outputSize);
  for (let from = 0; from < count; from += rows) {
    const to = Math.min(count, from + rows);
    const rowsOfBatch = Array.from({ length: to - from }, (_, i) => from + i);
    const read = await readExamples(x, rowsOfBatch);
    const batch = tf.tensor(read.data, [...read.shape]);
    const y = base.predictOnBatch(batch) as tf.Tensor;
    data.set(await y.data(), from * outputSize);
    tf.dispose([batch, y]);
    await yieldToEvents();
    if (stopRequested()) throw new StoppedError("Stopped while the outputs of the frozen base were computed.");
  }
  return { data, shape: [count, ...shape] };
}

function splitsOf({ train, validation, test }: TrainingData<Inputs>): Map<string, Split<Inputs>> {
  return new Map(Object.entries({ train, validation, ...(test ? { test } : {}) }));
}

function withFeatures(data: TrainingData<Inputs>, found: ReadonlyMap<string, NdArray>): TrainingData<Inputs> {
  const replaced = [...splitsOf(data)].map(([name, { x, y }]) => [name, { x: found.get(name) ?? x, y }]);
  return { ...data, ...(Object.fromEntries(replaced) as Pick<TrainingData<Inputs>, "train" | "validation" | "test">) };
}

/**
 * Of everything that the features depend on: layers, weights, inputs, and the backend's arithmetic. SHA-256 as hex.
 *
 * @returns undefined where a source of examples does not say what it reads.
 */
async function fingerprint(base: LayersModel, data: TrainingData<Inputs>): Promise<string | undefined> {
  const hash = createHash("sha256");
  const add = (values: ArrayBufferView): unknown =>
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  hash.update(tf.getBackend());
  // Layers without names of their own are numbered as they are made.
  for (const layer of allLayers(base)) {
    hash.update(`${layer.getClassName()} ${JSON.stringify({ ...layer.getConfig(), name: "" })}\n`);
  }
  for (const weight of base.weights) {
    hash.update(`[${weight.shape.join(",")}]`);
    add(await weight.read().data());
  }
  // How they are connected shows in what they make of an example.
  const probe = await outputs(base, await readExamples(data.train.x, [0]));
  add(probe.data);
  for (const [name, { x }] of splitsOf(data)) {
    hash.update(`${name} [${x.shape.join(",")}]`);
    if (!isSource(x)) add(x.data);
    else if (x.version === undefined) return undefined;
    else hash.update(x.version);
  }
  return hash.digest("hex");
}
