/**
 * The gradient of max pooling: each output's gradient goes to the first greatest input of its window.
 *
 * tfjs's wasm kernel of 4.22 loses gradients where a window holds no positive number: its search for the greatest starts
 * from the smallest positive float. Models without a relu before the pooling then trained wrongly, in silence.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { registeredKernel, replaceKernel } from "./heap";
import { kernels } from "./kernels";

interface Attrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

export function installMaxPoolGradient(): void {
  replaceKernel(registeredKernel(tf.MaxPoolGrad), ({ inputs, attrs, backend }) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Attrs;
    const info = tf.backend_util.computePool2DInfo(
      input.shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return kernels(backend).maxPoolGradient(input, dy, info);
  });
}
