/**
 * Bounds, their gradients and tanh by SIMD, with kernels.as: tfjs's wasm kernels for them take one number at a time.
 *
 * Those for bounds, 4.22, also turn NaN into a bound. Losses clip probabilities, so a model that had diverged showed a
 * finite loss.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { GradConfig, NamedAttrMap, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { addKernel, registeredKernel, replaceKernel } from "./heap";
import type { BackendWasm, WasmKernel } from "./heap";
import { kernels } from "./kernels";

const BOUNDED_GRADIENT = "TrainLensBoundedGradient";
/** The least float above 0. */
const ABOVE_0 = 2 ** -149;

type Bounds = { low: number; high: number };

export function installElementwise(): void {
  replaceKernel(registeredKernel(tf.ClipByValue), ({ inputs, attrs, backend }) =>
    bounded(backend, inputs["x"], attrs["clipValueMin"] as number, attrs["clipValueMax"] as number),
  );
  replaceKernel(registeredKernel(tf.Relu6), ({ inputs, backend }) => bounded(backend, inputs["x"], 0, 6));

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
  // For gradients of gradients: it is linear in dy, and x only chooses.
  tf.registerGradient({
    kernelName: BOUNDED_GRADIENT,
    inputsToSave: ["x"],
    gradFunc: (ddy, saved, attrs) => {
      const [x] = saved as [Tensor];
      return {
        x: () => tf.zerosLike(x),
        dy: () => tf.engine().runKernel<Tensor>(BOUNDED_GRADIENT, { x, dy: ddy as Tensor }, attrs),
      };
    },
  });
  // Composed by tfjs of comparisons, conjunctions, choices and casts.
  replaceGradient(tf.ClipByValue, (attrs) => ({
    low: attrs["clipValueMin"] as number,
    high: attrs["clipValueMax"] as number,
  }));
  replaceGradient(tf.Relu, () => ({ low: ABOVE_0, high: Infinity }));
}

/** Every number of x, but NaN, within the bounds. */
function bounded(backend: BackendWasm, x: TensorInfo, low: number, high: number): TensorInfo {
  if (x.dtype === "float32") return kernels(backend).clip(x, low, high);
  const out = backend.makeOutput(x.shape, x.dtype);
  const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
  for (let i = 0; i < to.length; i++) to[i] = Math.min(Math.max(from[i], low), high);
  return out;
}

/** The gradient of what lets through the inputs within bounds, in one pass. Other backends keep tfjs's. */
function replaceGradient(name: string, boundsOf: (attrs: NamedAttrMap) => Bounds): void {
  const original: GradConfig = tf.getGradient(name);
  tf.unregisterGradient(name);
  tf.registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved as [Tensor];
      if (tf.getBackend() !== "wasm" || x.dtype !== "float32") return original.gradFunc(dy, saved, attrs);
      const inputs = { x, dy: dy as Tensor };
      return { x: () => tf.engine().runKernel<Tensor>(BOUNDED_GRADIENT, inputs, boundsOf(attrs)) };
    },
  });
}
