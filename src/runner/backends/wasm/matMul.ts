/**
 * Matrix products with kernels.as.
 *
 * tfjs's kernel takes XNNPACK for one product without transposes only, and a plain loop, ten times slower, for the rest:
 * the gradients of a dense layer. XNNPACK itself reaches 29 GFLOP/s on a processor where kernels.as reaches 50.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { registeredKernel, replaceKernel } from "./heap";
import type { BackendWasm, WasmKernel, WasmKernelArguments } from "./heap";
import { kernels } from "./kernels";

export function installMatMul(): void {
  const original = registeredKernel(tf.BatchMatMul);
  const slow = original.kernelFunc as unknown as WasmKernel;
  replaceKernel(original, (args) => product(args.backend, args.inputs, args.attrs) ?? slow(args));

  const fusedOriginal = registeredKernel(tf._FusedMatMul);
  const fused = fusedOriginal.kernelFunc as unknown as WasmKernel;
  replaceKernel(fusedOriginal, (args) => {
    const { bias, preluActivationWeights } = args.inputs as Record<string, TensorInfo | undefined>;
    const { activation = "linear" } = args.attrs as { activation?: string };
    const most = UPPER_BOUNDS[activation];
    const rightBias = bias ? tf.util.sizeFromShape(bias.shape) === columnsOf(args) : activation === "linear";
    const out =
      most !== undefined && rightBias && !preluActivationWeights
        ? product(args.backend, args.inputs, args.attrs, bias, most ?? undefined)
        : undefined;
    return out ?? fused(args);
  });
}

/** Activations that bound a sum from 0 up to this; null: the sum as it is. */
export const UPPER_BOUNDS: Record<string, number | null | undefined> = { linear: null, relu: Infinity, relu6: 6 };

/** a times b, [..., m, n], plus bias and bounded as by `multiply`, or undefined for what is left to tfjs's kernel: wrong shapes and rare broadcasting. */
function product(
  backend: BackendWasm,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown>,
  bias?: TensorInfo,
  most?: number,
): TensorInfo | undefined {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const [m, k] = lastTwo(a, transposeA);
  const [kOfB, n] = lastTwo(b, transposeB);
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [batchA, batchB] = [tf.util.sizeFromShape(outerA), tf.util.sizeFromShape(outerB)];
  if (k !== kOfB || a.dtype !== "float32" || b.dtype !== "float32" || m * n * k === 0) return undefined;
  if (!tf.util.arraysEqual(outerA, outerB) && batchB !== 1 && batchA !== 1) return undefined;

  const out = backend.makeOutput([...tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB), m, n], "float32");
  // [batch, m, k] x [k, n] is [batch * m, k] x [k, n].
  const folded = batchB === 1 && !transposeA;
  const products = folded ? 1 : Math.max(batchA, batchB);
  const rows = folded ? batchA * m : m;
  for (let i = 0; i < products; i++) {
    kernels(backend).multiply(
      { of: a, from: batchA === 1 ? 0 : i * m * k, rows, columns: k, transposed: transposeA },
      { of: b, from: batchB === 1 ? 0 : i * k * n, rows: k, columns: n, transposed: transposeB },
      { of: out, from: i * m * n, rows, columns: n },
      bias,
      most,
    );
  }
  return out;
}

function columnsOf({ inputs, attrs }: WasmKernelArguments): number {
  return lastTwo(inputs["b"], (attrs as { transposeB: boolean }).transposeB)[1];
}

/** Rows and columns of the matrices as they enter the product. */
function lastTwo({ shape }: TensorInfo, transpose: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transpose ? [columns, rows] : [rows, columns];
}
