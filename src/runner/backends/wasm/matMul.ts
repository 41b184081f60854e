/**
 * Matrix products on XNNPACK's fast path.
 *
 * tfjs's kernel takes that path for one product without transposes only; everything else runs in a plain loop, ten
 * times slower. The gradient of a dense layer is a product with a transpose, so two thirds of its training time went
 * there. Here transposes are copied out and batches are folded or taken one by one, so that XNNPACK does all of it.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import {
  borrow,
  compiledFunction,
  floats,
  giveBack,
  int32Bytes,
  registeredKernel,
  replaceKernel,
  tensorId,
} from "./heap";
import type { BackendWasm, WasmKernel } from "./heap";

/** Below this many multiplications a product, making an XNNPACK operator costs more than the plain loop. */
const WORTH_AN_OPERATOR = 4096;

export function installMatMul(): void {
  const original = registeredKernel(tf.BatchMatMul);
  const slow = original.kernelFunc as unknown as WasmKernel;

  replaceKernel(original, ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const plain = () => slow({ inputs, attrs, backend });
    const [m, k] = lastTwo(a, transposeA);
    const [kOfB, n] = lastTwo(b, transposeB);
    const batchA = tf.util.sizeFromShape(a.shape.slice(0, -2));
    const batchB = tf.util.sizeFromShape(b.shape.slice(0, -2));
    const oneProduct = batchA === 1 && batchB === 1;
    // Wrong shapes and types are the original's to refuse.
    if (k !== kOfB || a.dtype !== "float32" || b.dtype !== "float32") return plain();
    if ((oneProduct && !transposeA && !transposeB) || m * k * n < WORTH_AN_OPERATOR) return plain();
    // Broadcasting of several batch axes is rare and left to the original.
    const sameBatch = tf.util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (!sameBatch && batchB !== 1 && batchA !== 1) return plain();

    const outBatch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const out = backend.makeOutput([...outBatch, m, n], "float32");
    const left = transposeA ? transposed(backend, a) : a;
    const right = transposeB ? transposed(backend, b) : b;
    // [batch, m, k] x [k, n] is [batch * m, k] x [k, n].
    const products = batchB === 1 ? 1 : batchB;
    const rows = products === 1 ? batchA * m : m;
    const leftStep = batchA === 1 ? 0 : m * k;
    for (let i = 0; i < products; i++) {
      multiplyViews(backend, {
        a: { of: left, from: i * leftStep, shape: [rows, k] },
        b: { of: right, from: i * k * n, shape: [k, n] },
        out: { of: out, from: i * m * n, shape: [rows, n] },
      });
    }
    if (left !== a) backend.disposeData(left.dataId);
    if (right !== b) backend.disposeData(right.dataId);
    return out;
  });

  const fusedOriginal = registeredKernel(tf._FusedMatMul);
  const fused = fusedOriginal.kernelFunc as unknown as WasmKernel;
  replaceKernel(fusedOriginal, ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    if (a.dtype !== "float32" || b.dtype !== "float32") return fused({ inputs, attrs, backend });
    const left = transposeA ? transposed(backend, a) : a;
    const right = transposeB ? transposed(backend, b) : b;
    const out = fused({
      inputs: { ...inputs, a: left, b: right },
      attrs: { ...attrs, transposeA: false, transposeB: false },
      backend,
    });
    if (left !== a) backend.disposeData(left.dataId);
    if (right !== b) backend.disposeData(right.dataId);
    return out;
  });
}

/** Rows and columns of the matrices as they enter the product. */
function lastTwo({ shape }: TensorInfo, transpose: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transpose ? [columns, rows] : [rows, columns];
}

/** a's id, shape and rank; b's; whether each is transposed; out's id. */
const MAT_MUL_ARGUMENTS = [
  ...(["number", "array", "number"] as const),
  ...(["number", "array", "number"] as const),
  ...(["number", "number", "number"] as const),
];

/** A part of a tensor, `from` elements after its start. */
interface View {
  of: TensorInfo;
  from: number;
  shape: [number, number];
}

/** Writes the product of two parts of tensors into a part of a third. */
function multiplyViews(backend: BackendWasm, views: { a: View; b: View; out: View }): void {
  const [a, b, out] = [views.a, views.b, views.out].map(({ of, from, shape }) =>
    borrow(backend, of, from, [1, ...shape]),
  ) as [TensorInfo, TensorInfo, TensorInfo];
  multiply(backend, a, b, out);
  for (const view of [a, b, out]) giveBack(backend, view);
}

/** Writes a [1, m, k] times b [1, k, n] into out [1, m, n], by XNNPACK. */
export function multiply(backend: BackendWasm, a: TensorInfo, b: TensorInfo, out: TensorInfo): void {
  const [idA, idB, idOut] = [a, b, out].map((info) => tensorId(backend, info)) as [number, number, number];
  const batchMatMul = compiledFunction(backend, tf.BatchMatMul, MAT_MUL_ARGUMENTS);
  batchMatMul(idA, int32Bytes(a.shape), 3, idB, int32Bytes(b.shape), 3, 0, 0, idOut);
}

/** A matrix or a batch of them, [..., rows, columns], copied as [..., columns, rows]. */
function transposed(backend: BackendWasm, info: TensorInfo): TensorInfo {
  const [rows, columns] = info.shape.slice(-2) as [number, number];
  const out = backend.makeOutput([...info.shape.slice(0, -2), columns, rows], "float32");
  const [from, to] = [floats(backend, info), floats(backend, out)];
  const size = rows * columns;
  for (let start = 0; start < from.length; start += size) {
    transpose(from.subarray(start, start + size), to.subarray(start, start + size), rows, columns);
  }
  return out;
}

/** Eight rows at a time: each cache line of the output is then written at once, five times faster than tfjs's kernel. */
function transpose(from: Float32Array, to: Float32Array, rows: number, columns: number): void {
  const whole = rows - (rows % 8);
  for (let row = 0; row < whole; row += 8) {
    for (let column = 0; column < columns; column++) {
      const source = row * columns + column;
      const target = column * rows + row;
      for (let i = 0; i < 8; i++) to[target + i] = from[source + i * columns];
    }
  }
  for (let row = whole; row < rows; row++) {
    for (let column = 0; column < columns; column++) to[column * rows + row] = from[row * columns + column];
  }
}
