/**
 * Checkpoints: everything that training needs to go on as if it had never stopped.
 *
 * One file in the safetensors format (https://github.com/huggingface/safetensors), so other tools can read the
 * weights; position and generator stand in its metadata. One file, because a rename replaces one atomically: there
 * is no moment without a complete checkpoint.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { MetricValue, stringifyLine } from "../protocol/numbers";
import { RUN_FILES } from "../protocol/runFolder";
import { UserError } from "./errors";
import { fileSystemError } from "./fileSystemError";
import { optimizerSlots } from "./optimizerState";
import type { RandomState } from "./random";

const FILE = "state.safetensors";

/** Where training stands: before batch `batch` + 1 of `epoch`. */
const Position = v.object({
  epoch: v.number(),
  batch: v.number(),
  step: v.number(),
  /** Sums over the batches of the unfinished epoch, by metric: value times examples. */
  sums: v.record(v.string(), MetricValue),
  examples: v.number(),
  /** Seconds spent in the unfinished epoch. */
  seconds: v.number(),
  /** Whether the recipe's fineTune() had changed the model. */
  fineTuning: v.optional(v.boolean()),
  random: v.object({ c: v.number(), s0: v.number(), s1: v.number(), s2: v.number() }),
  optimizer: v.object({ className: v.string(), iterations: v.number() }),
});
export type CheckpointPosition = Omit<v.InferOutput<typeof Position>, "random" | "optimizer">;

export interface Checkpoint {
  position: CheckpointPosition;
  random: RandomState;
  /** Puts weights and optimizer state back. */
  restore(model: LayersModel): void;
}

interface StoredTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

/** Writes a checkpoint into a run folder. */
export async function saveCheckpoint(
  runFolder: string,
  model: LayersModel,
  position: CheckpointPosition,
  random: RandomState,
): Promise<void> {
  const optimizer = optimizerSlots(model.optimizer);
  const tensors: StoredTensor[] = [];
  for (const [i, weight] of model.weights.entries()) {
    tensors.push(await stored(`model/${i}/${weight.originalName}`, weight.read()));
  }
  for (const { name, variable } of optimizer.slots) tensors.push(await stored(`optimizer/${name}`, variable));
  const metadata: v.InferOutput<typeof Position> = {
    ...position,
    random,
    optimizer: { className: optimizer.className, iterations: optimizer.iterations },
  };
  await write(path.join(runFolder, RUN_FILES.checkpoint), encode(tensors, stringifyLine(metadata)));
}

/**
 * The run folder's checkpoint.
 *
 * @throws UserError where there is none or it does not fit the model.
 */
export async function loadCheckpoint(runFolder: string): Promise<Checkpoint> {
  const file = path.join(runFolder, RUN_FILES.checkpoint, FILE);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new UserError(`The run ${runFolder} has no checkpoint to go on from.`, "Train it anew.");
    }
    throw fileSystemError(error, `The checkpoint ${file} cannot be read`);
  }
  const { tensors, metadata } = decode(bytes, file);
  const { random, optimizer, ...position } = v.parse(Position, JSON.parse(metadata));
  return {
    position,
    random,
    restore: (model) => restore(model, tensors, optimizer, file),
  };
}

function restore(
  model: LayersModel,
  tensors: Map<string, StoredTensor>,
  saved: { className: string; iterations: number },
  file: string,
): void {
  const misfit = (what: string): UserError =>
    new UserError(
      `The checkpoint ${file} is of another model: ${what}.`,
      "Undo the change to the recipe's createModel, or train anew in a new run.",
    );
  model.weights.forEach((weight, i) => {
    const name = `model/${i}/${weight.originalName}`;
    const tensor = tensors.get(name) ?? [...tensors.values()].find((t) => t.name.startsWith(`model/${i}/`));
    if (!tensor) throw misfit(`it has no weight ${weight.originalName}`);
    if (String(tensor.shape) !== String(weight.shape)) {
      throw misfit(
        `${weight.originalName} has shape [${String(weight.shape)}], the checkpoint's [${String(tensor.shape)}]`,
      );
    }
    tf.tidy(() => void weight.write(tf.tensor(tensor.data, tensor.shape)));
  });
  const optimizer = optimizerSlots(model.optimizer);
  if (optimizer.className !== saved.className) {
    throw misfit(`its optimizer is ${saved.className}, the recipe's is ${optimizer.className}`);
  }
  optimizer.setIterations(saved.iterations);
  for (const { name, shape, data } of tensors.values()) {
    if (name.startsWith("optimizer/")) {
      tf.tidy(() => optimizer.assign(name.slice("optimizer/".length), tf.tensor(data, shape)));
    }
  }
}

async function stored(name: string, tensor: tf.Tensor): Promise<StoredTensor> {
  return { name, shape: tensor.shape, data: Float32Array.from(await tensor.data()) };
}

/** Safetensors: the header's length (u64, little-endian), the header as JSON, the bytes. */
function encode(tensors: readonly StoredTensor[], metadata: string): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: { trainlens: metadata } };
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return [length, json, ...tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

const Header = v.objectWithRest(
  { __metadata__: v.object({ trainlens: v.string() }) },
  v.object({ dtype: v.literal("F32"), shape: v.array(v.number()), data_offsets: v.tuple([v.number(), v.number()]) }),
);

function decode(bytes: Buffer, file: string): { tensors: Map<string, StoredTensor>; metadata: string } {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__, ...entries } = v.parse(Header, JSON.parse(bytes.toString("utf8", 8, 8 + length)));
    const tensors = Object.entries(entries).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]): [string, StoredTensor] => {
        const start = 8 + length + from;
        const data = new Float32Array(new Uint8Array(bytes.subarray(start, start + to - from)).buffer);
        if (data.byteLength !== to - from) throw new RangeError(`${name} is cut off`);
        return [name, { name, shape, data }];
      },
    );
    return { tensors: new Map(tensors), metadata: __metadata__.trainlens };
  } catch (error) {
    throw new UserError(`The checkpoint ${file} is damaged.`, "Train anew in a new run.", { cause: error });
  }
}

async function write(folder: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = path.join(folder, FILE);
  const beside = `${file}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(beside, "w");
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw fileSystemError(error, `The checkpoint ${file} cannot be written`);
  }
}
