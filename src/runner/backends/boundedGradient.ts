/**
 * The gradients of relu and of clipping in one pass, on the backends that have a kernel for it. tfjs composes them of
 * comparisons, conjunctions, choices and casts, each a pass over the tensor.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { GradConfig, NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";

/** The kernel: `x` and `dy`, and the bounds as attributes, to dy where x lies within them, else 0. */
export const BOUNDED_GRADIENT = "TrainLensBoundedGradient";

export type Bounds = { low: number; high: number };

/** The bounds between which relu lets through: from the least float above 0. */
export const ABOVE_0: Bounds = { low: 2 ** -149, high: Infinity };

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
