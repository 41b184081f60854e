/**
 * The gradients of relu and of clipping in one pass, on the backends that have a kernel for it. tfjs composes them of
 * comparisons, conjunctions, choices and casts, each a pass over the tensor.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { GradConfig, NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/** The kernel: `x` and `dy`, and the bounds as attributes, to dy where x lies within them, else 0. */
export const BOUNDED_GRADIENT = "TrainLensBoundedGradient";

export type Bounds = { low: number; high: number };

/** The bounds between which relu lets through: from the least float above 0. */
export const ABOVE_0: Bounds = { low: 2 ** -149, high: Infinity };

/** The bounds between which relu6 lets through. */
export const ABOVE_0_TO_6: Bounds = { low: ABOVE_0.low, high: 6 };

let installed = false;

/** Puts the gradients in the place of tfjs's, once. A backend without the kernel keeps those. */
export function installBoundedGradients(): void {
  if (installed) return;
  installed = true;
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
  replaceGradient(tf.ClipByValue, (attrs) => ({
    low: attrs["clipValueMin"] as number,
    high: attrs["clipValueMax"] as number,
  }));
  replaceGradient(tf.Relu, () => ABOVE_0);
  replaceGradient(tf.Relu6, () => ABOVE_0_TO_6);
  useRelu6();
}

/** tfjs's ReLU layer, with the part that it declares for itself. */
interface ReLU {
  maxValue?: number | null;
}

/** Has tfjs's layer compute a relu up to 6 in one pass, where it takes one for the relu and one for the clipping. */
function useRelu6(): void {
  type Call = (this: ReLU, inputs: Tensor | Tensor[], kwargs: unknown) => Tensor;
  const prototype = Object.getPrototypeOf(layers.reLU()) as { call: Call };
  const original = prototype.call;
  prototype.call = function (inputs, kwargs) {
    if (this.maxValue !== 6) return original.call(this, inputs, kwargs);
    return tf.relu6(Array.isArray(inputs) ? inputs[0] : inputs);
  };
}

function replaceGradient(name: string, boundsOf: (attrs: NamedAttrMap) => Bounds): void {
  const original: GradConfig = tf.getGradient(name);
  tf.unregisterGradient(name);
  tf.registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved as [Tensor];
      const kernel: unknown = tf.getKernel(BOUNDED_GRADIENT, tf.getBackend());
      if (kernel === undefined || x.dtype !== "float32") return original.gradFunc(dy, saved, attrs);
      return { x: () => tf.engine().runKernel<Tensor>(BOUNDED_GRADIENT, { x, dy: dy as Tensor }, boundsOf(attrs)) };
    },
  });
}
