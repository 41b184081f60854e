/** The loops of kernels.as, on tensors: what tfjs's wasm backend lacks, or does in plain loops where these use SIMD. */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "./heap";
import module from "./kernels.as";
import { Threads } from "./threads";
import type { TransformAttrs } from "./transform";

/** A matrix within a tensor. `transposed`: it stands there as [columns, rows]. */
export interface Matrix {
  of: TensorInfo;
  /** Floats before it. */
  from?: number;
  rows: number;
  columns: number;
  transposed?: boolean;
}

export type ConvInfo = tf.backend_util.Conv2DInfo;

/** Floating-point operations, or bytes times four, below which handing a part to another thread costs more than it saves. */
const SMALLEST_PART = 2 ** 20;

/** The loops on the heap of one backend. */
class Kernels {
  readonly #backend: BackendWasm;
  readonly #threads: Threads;
  readonly #gemmScratch: TensorInfo;

  constructor(backend: BackendWasm) {
    this.#backend = backend;
    // tfjs's types leave out what Emscripten adds to the module.
    const { memory } = (backend.wasm as unknown as { asm: { memory: WebAssembly.Memory } }).asm;
    this.#threads = new Threads(new WebAssembly.Module(module), memory);
    this.#gemmScratch = backend.makeOutput([this.#threads.count * this.#threads.main.gemmScratch()], "float32");
  }

  /** How many threads work, this one among them. */
  get threads(): number {
    return this.#threads.count;
  }

  /** out [m, n] = a [m, k] times b [k, n]; out's rows are consecutive. Then as `addBias` with bias [n], if there is one. */
  multiply(a: Matrix, b: Matrix, out: Matrix, bias?: TensorInfo, most?: number): void {
    const [m, n, k] = [a.rows, b.columns, a.columns];
    const [to, rowStride] = this.#place(out);
    const scratch = this.#address(this.#gemmScratch);
    const places = [...this.#place(a), ...this.#place(b), to, rowStride];
    const finish = [bias ? this.#address(bias) : 0, Number(most !== undefined), most ?? 0];
    this.#threads.run("gemm", [...places, m, n, k, scratch, ...finish], parts(2 * m * n * k));
  }

  /** x [batch, height, width, channels] convolved with the kernel. @returns [batch, outHeight, outWidth, outChannels]. */
  convolution(x: TensorInfo, kernel: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#backend.makeOutput(info.outShape, "float32");
    const { rows, channels, outChannels } = sizes(info);
    if (isProduct(info)) {
      this.multiply(
        { of: x, rows, columns: channels },
        { of: kernel, rows: channels, columns: outChannels },
        { of: out, rows, columns: outChannels },
      );
    } else {
      const pixel = 4 * channels * outChannels;
      this.#convolve(x, kernel, out, info, {
        ...{ from: 0, row: info.filterWidth * pixel, column: pixel, k: 4 * outChannels, n: 4 },
      });
    }
    return out;
  }

  /** The gradient of a convolution by its kernel. */
  convolutionKernelGradient(x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#backend.makeOutput(info.filterShape, "float32");
    const { rows, channels, outChannels, flops } = sizes(info);
    if (isProduct(info)) {
      this.multiply(
        { of: x, rows: channels, columns: rows, transposed: true },
        { of: dy, rows, columns: outChannels },
        { of: out, rows: channels, columns: outChannels },
      );
      return out;
    }
    const scratch = this.#scratch(bordered(info) + 8 * info.outHeight * info.outWidth);
    const addresses = [x, dy, out].map((tensor) => this.#address(tensor));
    this.#threads.run("kernelGradient", [...addresses, ...scratch.place, ...geometry(info)], parts(flops));
    scratch.free();
    return out;
  }

  /** The gradient of a convolution by its input. */
  convolutionInputGradient(dy: TensorInfo, kernel: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#backend.makeOutput(info.inShape, "float32");
    const { rows, channels, outChannels, flops } = sizes(info);
    if (isProduct(info)) {
      this.multiply(
        { of: dy, rows, columns: outChannels },
        { of: kernel, rows: outChannels, columns: channels, transposed: true },
        { of: out, rows, columns: channels },
      );
    } else if (turnsAround(info) && !this.#isSparse(dy, info)) {
      // A convolution of dy with the kernel turned around.
      const pixel = 4 * channels * outChannels;
      const [row, taps] = [info.filterWidth * pixel, info.filterHeight * info.filterWidth];
      this.#convolve(dy, kernel, out, turnedAround(info), {
        ...{ from: (taps - 1) * pixel, row: -row, column: -pixel, k: 4, n: 4 * outChannels },
      });
    } else {
      const [height, length] = [info.filterHeight, info.filterWidth * channels];
      const kernelSizes = [channels, outChannels, height, info.filterWidth] as const;
      const patches = this.#scratch(this.#threads.main.patchesScratch(bordered(info), ...kernelSizes));
      const turned = this.#backend.makeOutput([outChannels, height, length + 3], "float32");
      this.#threads.main.turnKernel(this.#address(kernel), this.#address(turned), height, length, outChannels);
      const addresses = [dy, kernel, turned, out, this.#gemmScratch].map((tensor) => this.#address(tensor));
      this.#threads.run("stridedInputGradient", [...addresses, ...patches.place, ...geometry(info)], parts(flops));
      this.#backend.disposeData(turned.dataId);
      patches.free();
    }
    return out;
  }

  /** Whether the first picture is mostly 0, as behind max pooling. */
  #isSparse(dy: TensorInfo, { outHeight, outWidth, outChannels, dilationWidth }: ConvInfo): boolean {
    const count = outHeight * outWidth * outChannels;
    return dilationWidth === 1 && 4 * this.#threads.main.nonZeros(this.#address(dy), count) <= count;
  }

  /** x convolved with a kernel whose numbers lie `strides` bytes apart. */
  #convolve(x: TensorInfo, kernel: TensorInfo, out: TensorInfo, info: ConvInfo, strides: KernelStrides): void {
    const { channels, outChannels, flops } = sizes(info);
    const { filterHeight, filterWidth } = info;
    const byColumn = info.dilationWidth > 1;
    const strips = Math.ceil(outChannels / 8);
    const packed = this.#backend.makeOutput([strips, filterHeight, filterWidth, channels, 8], "float32");
    const scratch = this.#scratch(bordered(info));
    this.#threads.main.packKernel(
      ...[this.#address(kernel) + strides.from, this.#address(packed)],
      ...[filterHeight, filterWidth, channels, outChannels],
      ...[strides.row, strides.column, strides.k, strides.n, Number(byColumn)],
    );
    const addresses = [x, packed, out].map((tensor) => this.#address(tensor));
    this.#threads.run("convolve", [...addresses, ...scratch.place, ...geometry(info)], parts(flops));
    scratch.free();
    this.#backend.disposeData(packed.dataId);
  }

  /** Sums of x, taken as [rows, columns], over its rows. */
  columnSums(x: TensorInfo, outShape: number[], columns: number): TensorInfo {
    const out = this.#backend.makeOutput(outShape, "float32");
    const rows = tf.util.sizeFromShape(x.shape) / columns;
    this.#threads.main.columnSums(this.#address(x), this.#address(out), rows, columns);
    return out;
  }

  /** Adds bias [columns] to each row of x, in place, and bounds the result below by 0 and above by `most`, if that is given. */
  addBias(x: TensorInfo, bias: TensorInfo, most?: number): void {
    const columns = tf.util.sizeFromShape(bias.shape);
    const size = tf.util.sizeFromShape(x.shape);
    const addresses = [this.#address(x), this.#address(bias)];
    const bounds = [Number(most !== undefined), most ?? 0];
    this.#threads.run("addBias", [...addresses, size / columns, columns, ...bounds], passes(size));
  }

  /** Each row of x plus, minus or times row [columns]. */
  byRow(operation: "plus" | "minus" | "times", x: TensorInfo, row: TensorInfo): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const columns = tf.util.sizeFromShape(row.shape);
    const size = tf.util.sizeFromShape(x.shape);
    const addresses = [x, row, out].map((tensor) => this.#address(tensor));
    const code = { plus: 0, minus: 1, times: 2 }[operation];
    this.#threads.run("byRow", [code, ...addresses, size / columns, columns], passes(size));
    return out;
  }

  /** (x - mean) factor + offset, the last three [columns]. */
  normalize(x: TensorInfo, mean: TensorInfo, factor: TensorInfo, offset: TensorInfo): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const columns = tf.util.sizeFromShape(mean.shape);
    const size = tf.util.sizeFromShape(x.shape);
    const addresses = [x, mean, factor, offset, out].map((tensor) => this.#address(tensor));
    this.#threads.run("normalize", [...addresses, size / columns, columns], passes(size));
    return out;
  }

  clip(x: TensorInfo, low: number, high: number): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const size = tf.util.sizeFromShape(x.shape);
    this.#threads.run("clip", [this.#address(x), this.#address(out), size, low, high], passes(size));
    return out;
  }

  /** dy where x lies within the bounds, else 0. */
  clipGradient(x: TensorInfo, dy: TensorInfo, low: number, high: number): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const addresses = [x, dy, out].map((tensor) => this.#address(tensor));
    const size = tf.util.sizeFromShape(x.shape);
    this.#threads.run("clipGradient", [...addresses, size, low, high], passes(size));
    return out;
  }

  tanh(x: TensorInfo): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const size = tf.util.sizeFromShape(x.shape);
    this.#threads.run("tanh", [this.#address(x), this.#address(out), size], parts(32 * size));
    return out;
  }

  maxPoolGradient(x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = info;
    const args = [
      ...[x, dy, out].map((tensor) => this.#address(tensor)),
      ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, info.filterHeight, info.filterWidth],
      ...[info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
    ];
    this.#threads.run("maxPoolGradient", args, passes(4 * tf.util.sizeFromShape(x.shape)));
    return out;
  }

  /** Pictures read where their transforms [batch or 1, 8] send each pixel. */
  transform(x: TensorInfo, transforms: TensorInfo, attrs: TransformAttrs): TensorInfo {
    const [batch, height, width, channels] = x.shape;
    const [outHeight, outWidth] = attrs.outputShape ?? [height, width];
    const out = this.#backend.makeOutput([batch, outHeight, outWidth, channels], "float32");
    const stride = transforms.shape[0] === 1 ? 0 : 32;
    const args = [
      ...[this.#address(x), this.#address(transforms), stride, this.#address(out)],
      ...[batch, height, width, channels, outHeight, outWidth],
      ...[Number(attrs.interpolation === "bilinear"), FILL_MODES.indexOf(attrs.fillMode), attrs.fillValue],
    ];
    this.#threads.run("transform", args, parts(40 * tf.util.sizeFromShape(out.shape)));
    return out;
  }

  /** The gradient of a depthwise convolution by its input. */
  depthwiseInputGradient(dy: TensorInfo, kernel: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#backend.makeOutput(info.inShape, "float32");
    this.#depthwiseGradient(true, out, kernel, dy, info);
    return out;
  }

  /** The gradient of a depthwise convolution by its kernel. */
  depthwiseKernelGradient(x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#backend.makeOutput(info.filterShape, "float32");
    this.#depthwiseGradient(false, x, out, dy, info);
    return out;
  }

  #depthwiseGradient(byInput: boolean, x: TensorInfo, kernel: TensorInfo, dy: TensorInfo, info: ConvInfo): void {
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const args = [
      Number(byInput),
      ...[x, kernel, dy].map((tensor) => this.#address(tensor)),
      ...[batchSize, inHeight, inWidth, inChannels, info.outChannels / inChannels],
      ...[outHeight, outWidth, filterHeight, filterWidth],
      ...[info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth],
      ...[info.padInfo.top, info.padInfo.left],
    ];
    const taps = tf.util.sizeFromShape(dy.shape) * filterHeight * filterWidth;
    this.#threads.run("depthwiseGradient", args, parts(8 * taps));
  }

  /** Room of so many floats for each thread, until it is freed. */
  #scratch(floatsEach: number): { place: [address: number, bytesEach: number]; free: () => void } {
    const room = this.#backend.makeOutput([this.#threads.count, Math.max(1, floatsEach)], "float32");
    return {
      place: [this.#address(room), 4 * Math.max(1, floatsEach)],
      free: () => this.#backend.disposeData(room.dataId),
    };
  }

  #place({ of, from = 0, rows, columns, transposed }: Matrix): Place {
    const address = this.#address(of) + 4 * from;
    return transposed ? [address, 4, 4 * rows] : [address, 4 * columns, 4];
  }

  #address({ dataId }: TensorInfo): number {
    return this.#backend.getMemoryOffset(dataId);
  }
}

/** Address, bytes from row to row, bytes from column to column. */
type Place = [address: number, rowStride: number, columnStride: number];

/** Bytes to a kernel's first number, and from row to row, column to column, channel to channel, output to output. */
interface KernelStrides {
  from: number;
  row: number;
  column: number;
  k: number;
  n: number;
}

/** In the order of their numbers in kernels.as. */
const FILL_MODES = ["constant", "reflect", "wrap", "nearest"] as const;

/** Into how many parts so much work may be cut. */
function parts(flops: number): number {
  return Math.floor(flops / SMALLEST_PART);
}

/** The same for a pass over so many floats: memory gives a float in the time of about eight operations. */
function passes(floats: number): number {
  return parts(8 * floats);
}

/** A convolution that is a product of matrices: a pixel to a pixel. */
function isProduct(info: ConvInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const { top, left, bottom, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((n) => n === 1) && !(top || left || bottom || right)
  );
}

/** Outputs' pixels, channels in and out, operations. */
function sizes(info: ConvInfo): { rows: number; channels: number; outChannels: number; flops: number } {
  const { inChannels: channels, outChannels } = info;
  const rows = info.batchSize * info.outHeight * info.outWidth;
  const flops = 2 * rows * info.filterHeight * info.filterWidth * channels * outChannels;
  return { rows, channels, outChannels, flops };
}

/** Floats of a picture with its borders. */
function bordered(info: ConvInfo): number {
  const height = (info.outHeight - 1) * info.strideHeight + (info.filterHeight - 1) * info.dilationHeight + 1;
  const width = (info.outWidth - 1) * info.strideWidth + (info.filterWidth - 1) * info.dilationWidth + 1;
  return height * width * info.inChannels;
}

/**
 * Whether the gradient by the input is faster as a convolution of dy, which also multiplies dy's borders of zeros, than as
 * patches' gradients added up; both work on eight columns at a time.
 */
function turnsAround(info: ConvInfo): boolean {
  if (info.strideHeight !== 1 || info.strideWidth !== 1) return false;
  const { inHeight, inWidth, outHeight, outWidth, inChannels, filterHeight, filterWidth } = info;
  const eights = (columns: number): number => Math.ceil(columns / 8);
  const taps = filterHeight * filterWidth;
  return inHeight * inWidth * taps * eights(inChannels) <= 1.1 * outHeight * outWidth * eights(taps * inChannels);
}

/** The convolution from dy, of an `info` of stride 1, to the gradient by its input. */
function turnedAround(info: ConvInfo): ConvInfo {
  return {
    ...info,
    ...{ inHeight: info.outHeight, inWidth: info.outWidth, inChannels: info.outChannels },
    ...{ outHeight: info.inHeight, outWidth: info.inWidth, outChannels: info.inChannels },
    padInfo: {
      ...info.padInfo,
      top: (info.filterHeight - 1) * info.dilationHeight - info.padInfo.top,
      left: (info.filterWidth - 1) * info.dilationWidth - info.padInfo.left,
    },
  };
}

/** What the loops over a convolution want to know of it. */
function geometry(info: ConvInfo): number[] {
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
  ];
}

const instances = new WeakMap<BackendWasm, Kernels>();

export function kernels(backend: BackendWasm): Kernels {
  let made = instances.get(backend);
  if (!made) instances.set(backend, (made = new Kernels(backend)));
  return made;
}
