/**
 * The gradient of a convolution by its input (and so the transposed convolution), as a convolution by XNNPACK.
 *
 * dx is dy, spread by the strides and padded with zeros, convolved with the filter turned by 180 degrees and its channels
 * exchanged. tfjs's kernel is a plain loop, ten times slower.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { floats, registeredKernel, replaceKernel } from "./heap";
import type { BackendWasm, WasmKernel } from "./heap";

/** Spreading multiplies the work by strides squared: beyond this product the plain loop is as fast. */
const MOST_SPREAD = 4;

type Shape4D = [number, number, number, number];
type ConvInfo = tf.backend_util.Conv2DInfo;

interface Attrs {
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dataFormat: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
  inputShape: Shape4D;
}

export function installConvInputGradient(): void {
  const original = registeredKernel(tf.Conv2DBackpropInput);
  const loop = original.kernelFunc as unknown as WasmKernel;

  replaceKernel(original, ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { strides, pad, dataFormat, dimRoundingMode, inputShape } = attrs as unknown as Attrs;
    if (dataFormat !== "NHWC") return loop({ inputs, attrs, backend });
    const info = tf.backend_util.computeConv2DInfo(
      inputShape,
      filter.shape as Shape4D,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    // Where padding exceeds the filter, parts of dy lie outside of the spread picture.
    const outside = info.padInfo.top >= info.filterHeight || info.padInfo.left >= info.filterWidth;
    if (outside || info.strideHeight * info.strideWidth > MOST_SPREAD) return loop({ inputs, attrs, backend });

    const picture = spread(backend, dy, info);
    const turned = turnFilter(backend, filter, info);
    const convolve = tf.getKernel(tf.Conv2D, "wasm").kernelFunc as unknown as WasmKernel;
    const out = convolve({
      inputs: { x: picture, filter: turned },
      attrs: { strides: 1, pad: "valid", dataFormat: "NHWC", dilations: 1 },
      backend,
    });
    for (const temporary of [picture, turned]) backend.disposeData(temporary.dataId);
    return out;
  });
}

/** dy [n, outHeight, outWidth, out] as [n, inHeight + kh - 1, inWidth + kw - 1, out], zeros between and around. */
function spread(backend: BackendWasm, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const height = info.inHeight + filterHeight - 1;
  const width = info.inWidth + filterWidth - 1;
  const top = filterHeight - 1 - info.padInfo.top;
  const left = filterWidth - 1 - info.padInfo.left;
  const out = backend.makeOutput([batchSize, height, width, outChannels], "float32");
  const [from, to] = [floats(backend, dy), floats(backend, out)];
  to.fill(0);
  for (let example = 0; example < batchSize; example++) {
    for (let y = 0; y < outHeight; y++) {
      const source = (example * outHeight + y) * outWidth * outChannels;
      const target = ((example * height + top + y * strideHeight) * width + left) * outChannels;
      if (strideWidth === 1) {
        to.set(from.subarray(source, source + outWidth * outChannels), target);
        continue;
      }
      for (let x = 0; x < outWidth; x++) {
        const pixel = source + x * outChannels;
        to.set(from.subarray(pixel, pixel + outChannels), target + x * strideWidth * outChannels);
      }
    }
  }
  return out;
}

/** [kh, kw, in, out] as [kh, kw, out, in], turned by 180 degrees. */
function turnFilter(backend: BackendWasm, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const taps = filterHeight * filterWidth;
  const size = inChannels * outChannels;
  const out = backend.makeOutput([filterHeight, filterWidth, outChannels, inChannels], "float32");
  const [from, to] = [floats(backend, filter), floats(backend, out)];
  for (let tap = 0; tap < taps; tap++) {
    const [source, target] = [tap * size, (taps - 1 - tap) * size];
    for (let i = 0; i < inChannels; i++) {
      for (let o = 0; o < outChannels; o++) {
        to[target + o * inChannels + i] = from[source + i * outChannels + o];
      }
    }
  }
  return out;
}
