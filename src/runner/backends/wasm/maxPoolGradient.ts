/**
 * The gradient of max pooling: each output's gradient goes to the first greatest input of its window.
 *
 * tfjs's wasm kernel of 4.22 loses gradients where a window holds no positive number: its search for the greatest starts
 * from the smallest positive float. Models without a relu before the pooling then trained wrongly, in silence.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { floats, registeredKernel, replaceKernel } from "./heap";

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
    const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth } = info;
    const out = backend.makeOutput(input.shape, "float32");
    const [x, gradient, dx] = [floats(backend, input), floats(backend, dy), floats(backend, out)];
    dx.fill(0);
    let from = 0;
    for (let example = 0; example < batchSize; example++) {
      for (let oy = 0; oy < outHeight; oy++) {
        const top = oy * info.strideHeight - info.padInfo.top;
        const [y0, y1] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
        for (let ox = 0; ox < outWidth; ox++) {
          const left = ox * info.strideWidth - info.padInfo.left;
          const [x0, x1] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
          const corner = ((example * inHeight + y0) * inWidth + x0) * inChannels;
          for (let channel = 0; channel < inChannels; channel++) {
            let best = corner + channel;
            for (let py = y0; py < y1; py++) {
              for (let px = x0; px < x1; px++) {
                const place = ((example * inHeight + py) * inWidth + px) * inChannels + channel;
                if (x[place] > x[best]) best = place;
              }
            }
            dx[best] = dx[best] + gradient[from++];
          }
        }
      }
    }
    return out;
  });
}
