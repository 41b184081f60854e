/**
 * Bounds, their gradients, tanh and arithmetic with a row by SIMD, with kernels.as: tfjs's wasm kernels for them take one number at a time.
 *
 * Those for bounds, 4.22, also turn NaN into a bound. Losses clip probabilities, so a model that had diverged showed a
 * finite loss.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { BOUNDED_GRADIENT, type Bounds, installBoundedGradients } from "../boundedGradient";
import { addKernel, registeredKernel, replaceKernel } from "./heap";
import type { BackendWasm, WasmKernel } from "./heap";
import { kernels } from "./kernels";

export function installElementwise(): void {
  replaceKernel(registeredKernel(tf.ClipByValue), ({ inputs, attrs, backend }) =>
    bounded(backend, inputs["x"], attrs["clipValueMin"] as number, attrs["clipValueMax"] as number),
  );
  replaceKernel(registeredKernel(tf.Relu6), ({ inputs, backend }) => bounded(backend, inputs["x"], 0, 6));

  withRows(tf.Add, "plus", true);
  withRows(tf.Sub, "minus", false);
  withRows(tf.Multiply, "times", true);

  // It copies the numbers; every other backend shares them. Strings it keeps elsewhere.
  const identity = registeredKernel(tf.Identity);
  const copy = identity.kernelFunc as unknown as WasmKernel;
  replaceKernel(identity, (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    if (x.dtype === "string") return copy(args);
    args.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });

  const tanh = registeredKernel(tf.Tanh);
  const plainTanh = tanh.kernelFunc as unknown as WasmKernel;
  replaceKernel(tanh, (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    return x.dtype === "float32" ? kernels(args.backend).tanh(x) : plainTanh(args);
  });

  addKernel(BOUNDED_GRADIENT, ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { low, high } = attrs as Bounds;
    return kernels(backend).clipGradient(x, dy, low, high);
  });
  installBoundedGradients();
}

/** Puts SIMD in the place of tfjs's loop where one operand is a row for each row of the other. */
function withRows(name: string, operation: "plus" | "minus" | "times", commutes: boolean): void {
  const original = registeredKernel(name);
  const slow = original.kernelFunc as unknown as WasmKernel;
  replaceKernel(original, (args) => {
    const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
    if (a.dtype === "float32" && b.dtype === "float32") {
      if (isRowOf(a, b)) return kernels(args.backend).byRow(operation, a, b);
      if (commutes && isRowOf(b, a)) return kernels(args.backend).byRow(operation, b, a);
    }
    return slow(args);
  });
}

/** Whether b holds a number for each of the last axis of x. */
function isRowOf(x: TensorInfo, b: TensorInfo): boolean {
  const columns = x.shape.at(-1) ?? 0;
  return (
    x.shape.length > 1 &&
    columns > 0 &&
    b.shape.at(-1) === columns &&
    tf.util.sizeFromShape(b.shape) === columns &&
    b.shape.length <= x.shape.length &&
    tf.util.sizeFromShape(x.shape) > 0
  );
}

/** Every number of x, but NaN, within the bounds. */
function bounded(backend: BackendWasm, x: TensorInfo, low: number, high: number): TensorInfo {
  if (x.dtype === "float32") return kernels(backend).clip(x, low, high);
  const out = backend.makeOutput(x.shape, x.dtype);
  const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
  for (let i = 0; i < to.length; i++) to[i] = Math.min(Math.max(from[i], low), high);
  return out;
}
