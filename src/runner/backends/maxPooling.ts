/**
 * Max pooling that keeps where the maxima were, on the backends that have a kernel for it: tfjs's gradient has to look
 * for them again.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { MaxPoolAttrs, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/** The kernel: `x` [batch, height, width, channels] to the maxima, and what the gradient asks back. */
export const MAX_POOL = "TrainLensMaxPool";

/** Its gradient: `dy`, `x`, the maxima `y`, and `saved` to the gradient of x. */
export const MAX_POOL_GRADIENT = "TrainLensMaxPoolGradient";

/** tfjs's layer, with the part that it declares for itself. */
type PoolingFunction = (
  x: Tensor,
  poolSize: [number, number],
  strides: [number, number],
  padding: "valid" | "same",
  dataFormat: "channelsFirst" | "channelsLast",
) => Tensor;

let installed = false;

/** Has tfjs's layer use the kernels, once. On a backend without them it computes as before. */
export function installMaxPoolingLayer(): void {
  if (installed) return;
  installed = true;
  const prototype = Object.getPrototypeOf(layers.maxPooling2d({})) as { poolingFunction: PoolingFunction };
  const original = prototype.poolingFunction;
  prototype.poolingFunction = function (x, filterSize, strides, pad, dataFormat) {
    const kernel: unknown = tf.getKernel(MAX_POOL, tf.getBackend());
    if (kernel === undefined || dataFormat !== "channelsLast" || x.dtype !== "float32") {
      return original.call(this, x, filterSize, strides, pad, dataFormat);
    }
    return pool(x as Tensor4D, { filterSize, strides, pad });
  };
}

function pool(x: Tensor4D, attrs: MaxPoolAttrs): Tensor {
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as (tensors: Tensor[]) => void;
    const [x] = args as Tensor[];
    const [value, saved] = tf.engine().runKernel<Tensor[]>(MAX_POOL, { x }, { ...attrs });
    save([x, value, saved]);
    const gradFunc = (dy: Tensor, [x, y, saved]: Tensor[]): Tensor[] => [
      tf.engine().runKernel<Tensor>(MAX_POOL_GRADIENT, { dy, x, y, saved }, { ...attrs }),
    ];
    return { value, gradFunc };
  });
  return operation(x);
}
