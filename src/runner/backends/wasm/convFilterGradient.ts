/**
 * The gradient of a convolution by its filter, which tfjs's wasm backend lacks, as one matrix product.
 *
 * dW [kh * kw * inChannels, outChannels] is patches^T [kh * kw * inChannels, positions] times dy [positions, outChannels].
 * The patches are laid out transposed as they are gathered, some examples at a time to bound the memory.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { addKernel, borrow, floats, giveBack } from "./heap";
import type { WasmKernel } from "./heap";
import { multiply } from "./matMul";

/** Floats of gathered patches at a time: 16 MiB. */
const PATCH_FLOATS = 4 * 2 ** 20;

interface Attrs {
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dataFormat: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
  filterShape: [number, number, number, number];
}

/** @param lent computes what is left out here: channels first. */
export function installConvFilterGradient(lent: WasmKernel): void {
  addKernel(tf.Conv2DBackpropFilter, ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs as unknown as Attrs;
    if (dataFormat !== "NHWC") return lent({ inputs, attrs, backend });
    const info = tf.backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
    const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
    const { top, left } = info.padInfo;
    const patchSize = filterHeight * filterWidth * inChannels;
    const positions = outHeight * outWidth;
    const atOnce = Math.max(1, Math.min(batchSize, Math.floor(PATCH_FLOATS / (patchSize * positions))));

    const out = backend.makeOutput(filterShape, "float32");
    const patches = backend.makeOutput([patchSize, atOnce * positions], "float32");
    const product = backend.makeOutput([patchSize, outChannels], "float32");
    floats(backend, out).fill(0);

    for (let first = 0; first < batchSize; first += atOnce) {
      const count = Math.min(atOnce, batchSize - first);
      const columns = count * positions;
      const [source, target] = [floats(backend, x), floats(backend, patches)];
      let at = 0;
      for (let fy = 0; fy < filterHeight; fy++) {
        for (let fx = 0; fx < filterWidth; fx++) {
          for (let channel = 0; channel < inChannels; channel++) {
            for (let example = first; example < first + count; example++) {
              for (let oy = 0; oy < outHeight; oy++) {
                const y = oy * strideHeight + fy - top;
                if (y < 0 || y >= inHeight) {
                  target.fill(0, at, at + outWidth);
                  at += outWidth;
                  continue;
                }
                const row = (example * inHeight + y) * inWidth;
                for (let ox = 0, px = fx - left; ox < outWidth; ox++, px += strideWidth) {
                  target[at++] = px < 0 || px >= inWidth ? 0 : source[(row + px) * inChannels + channel];
                }
              }
            }
          }
        }
      }
      const a = borrow(backend, patches, 0, [1, patchSize, columns]);
      const b = borrow(backend, dy, first * positions * outChannels, [1, columns, outChannels]);
      const c = borrow(backend, product, 0, [1, patchSize, outChannels]);
      multiply(backend, a, b, c);
      for (const part of [a, b, c]) giveBack(backend, part);
      const [sum, addend] = [floats(backend, out), floats(backend, product)];
      for (let i = 0; i < sum.length; i++) sum[i] = sum[i] + addend[i];
    }
    for (const temporary of [patches, product]) backend.disposeData(temporary.dataId);
    return out;
  });
}
