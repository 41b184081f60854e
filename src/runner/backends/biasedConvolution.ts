/**
 * Convolution and bias in one kernel, on the backends that have one, in training too: tfjs fuses them only where there is
 * no gradient or no activation, and the fused gradient it has computes that by the input even for a model's first layer.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/**
 * The kernel: `x` [batch, height, width, inputs], `filter` [height, width, inputs, outputs] and `bias` [outputs] to
 * [batch, height, width, outputs]. Its dilations are 1.
 */
export const BIASED_CONVOLUTION = "TrainLensBiasedConvolution";

export interface BiasedConvolutionAttrs {
  strides: [number, number];
  pad: "valid" | "same";
}

/** tfjs's layer, with the part that it declares for itself. */
interface Convolution {
  rank: number;
  kernelSize: readonly number[];
  strides: [number, number];
  padding: string;
  dataFormat: string;
  dilationRate: readonly number[];
  kernel: { read(): Tensor };
  bias: { read(): Tensor } | null;
  activation: { apply(x: Tensor): Tensor };
}
type Call = (this: Convolution, inputs: Tensor | Tensor[], kwargs: unknown) => Tensor;

let installed = false;

/** Has tfjs's layer use the kernel, once. On a backend without it the layer computes as before. */
export function installBiasedConvolution(): void {
  if (installed) return;
  installed = true;
  tf.registerGradient({
    kernelName: BIASED_CONVOLUTION,
    inputsToSave: ["x", "filter"],
    gradFunc: (dyOrAll, [x, filter], attrs) => {
      const dy = dyOrAll as Tensor;
      const convolution = { ...(attrs as unknown as BiasedConvolutionAttrs), dataFormat: "NHWC" };
      return {
        x: () => tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...convolution, inputShape: x.shape }),
        filter: () =>
          tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...convolution, filterShape: filter.shape }),
        bias: () => tf.sum(dy, [0, 1, 2]),
      };
    },
  });
  // conv2d's own prototype has no call: its parent's serves all ranks.
  const prototype = Object.getPrototypeOf(layers.conv2d({ filters: 1, kernelSize: 1 })) as { call: Call };
  const original = prototype.call;
  prototype.call = function (inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const { strides, padding: pad, bias } = this;
    if (!bias || (pad !== "valid" && pad !== "same") || !isTaken(this, x)) return original.call(this, inputs, kwargs);
    const attrs: BiasedConvolutionAttrs = { strides, pad };
    return tf.tidy(() =>
      this.activation.apply(
        tf.engine().runKernel(BIASED_CONVOLUTION, { x, filter: this.kernel.read(), bias: bias.read() }, { ...attrs }),
      ),
    );
  };
}

/** What the kernel computes, and not as fast as a product of matrices. */
function isTaken({ rank, kernelSize, dilationRate, dataFormat }: Convolution, x: Tensor): boolean {
  return (
    rank === 2 &&
    dataFormat === "channelsLast" &&
    x.dtype === "float32" &&
    dilationRate.every((rate) => rate === 1) &&
    kernelSize.some((size) => size > 1) &&
    (tf.getKernel(BIASED_CONVOLUTION, tf.getBackend()) as unknown) !== undefined
  );
}
