/**
 * Batch normalization in training, in one kernel forward and one backward on the backends that have them. tfjs composes
 * both of means, differences and products, each a pass over the batch.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/**
 * The kernel: `x` [..., channels], `scale` and `offset` [channels], and epsilon as attribute, to x normalized by the mean
 * and variance of each channel; these, [channels], the variance divided by the number of its numbers; and what the
 * gradient asks back. Ioffe and Szegedy, 2015.
 */
export const BATCH_NORMALIZATION = "TrainLensBatchNormalization";

/** Its gradient: `dy` and `x`, `scale`, and `saved0`, `saved1`... to the gradients of x, scale and offset. */
export const BATCH_NORMALIZATION_GRADIENT = "TrainLensBatchNormalizationGradient";

export type BatchNormalizationAttrs = { epsilon: number };

/** tfjs's layer, with the parts that it declares for itself. */
interface BatchNormalization {
  axis: number;
  momentum: number;
  epsilon: number;
  gamma?: { read(): Tensor };
  beta?: { read(): Tensor };
  movingMean: Moving;
  movingVariance: Moving;
}
interface Moving {
  read(): Tensor;
  write(value: Tensor): void;
}

type Call = (this: BatchNormalization, inputs: Tensor | Tensor[], kwargs: { training?: boolean }) => Tensor;

let installed = false;

/** Has tfjs's layer use the kernels, once. On a backend without them it computes as before. */
export function installBatchNormalization(): void {
  if (installed) return;
  installed = true;
  const prototype = Object.getPrototypeOf(layers.batchNormalization()) as { call: Call };
  const original = prototype.call;
  prototype.call = function (inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const { axis, gamma, beta } = this;
    const kernel: unknown = tf.getKernel(BATCH_NORMALIZATION, tf.getBackend());
    const lastAxis = axis === -1 || axis === x.rank - 1;
    if (kernel === undefined || !kwargs.training || !lastAxis || !gamma || !beta || x.dtype !== "float32") {
      return original.call(this, inputs, kwargs);
    }
    return tf.tidy(() =>
      normalize(x, gamma.read(), beta.read(), this.epsilon, (mean, variance) => {
        follow(this.movingMean, mean, this.momentum);
        follow(this.movingVariance, variance, this.momentum);
      }),
    );
  };
}

/** @param onMoments gets the batch's mean and variance, [channels] each. */
function normalize(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  epsilon: number,
  onMoments: (mean: Tensor, variance: Tensor) => void,
): Tensor {
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as (tensors: Tensor[]) => void;
    const [x, scale, offset] = args as Tensor[];
    const outputs = tf.engine().runKernel<Tensor[]>(BATCH_NORMALIZATION, { x, scale, offset }, { epsilon });
    const [value, mean, variance, ...asked] = outputs as [Tensor, Tensor1D, Tensor1D, ...Tensor[]];
    onMoments(mean, variance);
    save([x, scale, ...asked]);
    const gradFunc = (dy: Tensor, [x, scale, ...saved]: Tensor[]): Tensor[] => {
      const inputs: Record<string, Tensor> = { dy, x, scale };
      saved.forEach((tensor, i) => (inputs[`saved${i}`] = tensor));
      return tf.engine().runKernel<Tensor[]>(BATCH_NORMALIZATION_GRADIENT, inputs, { epsilon });
    };
    return { value, gradFunc };
  });
  return operation(x, scale, offset);
}

/** As tfjs's layer does. */
function follow(moving: Moving, value: Tensor, momentum: number): void {
  const before = moving.read();
  moving.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - momentum)));
}
