/**
 * Rows gathered by copying each in one piece. tfjs's kernel computes the place of every single element, which took as
 * long for a shuffled batch of digits as the whole training step on it.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";

/** Shorter pieces than this many elements are left to the original. */
const WORTH_A_COPY = 8;

export function installGather(): void {
  const original = registeredKernel(tf.GatherV2);
  const elementwise = original.kernelFunc as unknown as WasmKernel;

  replaceKernel(original, ({ inputs, attrs, backend }) => {
    const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = attrs as { axis: number; batchDims: number };
    const along = tf.util.parseAxisParam(axis, x.shape)[0];
    const outer = tf.util.sizeFromShape(x.shape.slice(0, along));
    const inner = tf.util.sizeFromShape(x.shape.slice(along + 1));
    const length = x.shape[along];
    const numeric = x.dtype === "float32" || x.dtype === "int32" || x.dtype === "bool";
    if (batchDims !== 0 || inner < WORTH_A_COPY || !numeric || indices.dtype !== "int32") {
      return elementwise({ inputs, attrs, backend });
    }

    const out = backend.makeOutput(
      [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)],
      x.dtype,
    );
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
    const rows = backend.typedArrayFromHeap(indices);
    for (const row of rows) {
      if (row < 0 || row >= length) {
        backend.disposeData(out.dataId);
        throw new Error(`GatherV2: the index value ${row} is not in [0, ${length - 1}]`);
      }
    }
    let target = 0;
    for (let o = 0; o < outer; o++) {
      for (const row of rows) {
        const source = (o * length + row) * inner;
        to.set(from.subarray(source, source + inner), target);
        target += inner;
      }
    }
    return out;
  });
}
