/** Repetition by copying pieces that double: tfjs's wasm kernel computes the place of every single element. */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";

type Values = Float32Array | Int32Array | Uint8Array;

export function installTile(): void {
  const original = registeredKernel(tf.Tile);
  const elementwise = original.kernelFunc as unknown as WasmKernel;
  replaceKernel(original, (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { reps } = args.attrs as { reps: number[] };
    const numeric = x.dtype === "float32" || x.dtype === "int32" || x.dtype === "bool";
    if (!numeric || reps.length !== x.shape.length || tf.util.sizeFromShape(x.shape) === 0) return elementwise(args);
    const { backend } = args;
    const shape = x.shape.map((size, axis) => size * reps[axis]);
    const out = backend.makeOutput(shape, x.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)] as [Values, Values];
    fill(from, 0, to, 0, x.shape, reps, 0);
    return out;
  });
}

/** Writes the part of x that begins at `source`, from `axis` on, to `target`. @returns how many numbers. */
function fill(
  from: Values,
  source: number,
  to: Values,
  target: number,
  shape: readonly number[],
  reps: readonly number[],
  axis: number,
): number {
  const inner = tf.util.sizeFromShape(shape.slice(axis));
  if (reps.slice(axis).every((times) => times === 1)) {
    to.set(from.subarray(source, source + inner), target);
    return inner;
  }
  let written = 0;
  const step = inner / shape[axis];
  for (let i = 0; i < shape[axis]; i++) {
    written += fill(from, source + i * step, to, target + written, shape, reps, axis + 1);
  }
  const whole = written * reps[axis];
  while (written < whole) {
    const count = Math.min(written, whole - written);
    to.copyWithin(target + written, target, target + count);
    written += count;
  }
  return whole;
}
