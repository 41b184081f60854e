/** The loops of kernels.as, on tensors: what tfjs's wasm backend lacks, or does in plain loops where these use SIMD. */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type BackendWasm, floats } from "./heap";
import module from "./kernels.as";

type Loop = (...addressesAndSizes: number[]) => void;

interface Exports {
  gemmScratch(): number;
  gemm: Loop;
  gatherPatches: Loop;
  scatterPatches: Loop;
  columnSums: Loop;
  addBias: Loop;
  clip: Loop;
  clipGradient: Loop;
  tanh: Loop;
  maxPoolGradient: Loop;
  depthwiseGradient: Loop;
}

/** Rows of patches at a time: with the patches of common convolutions they fit the second-level cache. */
const PATCH_ROWS = 240;

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

/** The loops on the heap of one backend. */
class Kernels {
  readonly #backend: BackendWasm;
  readonly #exports: Exports;
  readonly #gemmScratch: TensorInfo;

  constructor(backend: BackendWasm) {
    this.#backend = backend;
    // tfjs's types leave out what Emscripten adds to the module.
    const { memory } = (backend.wasm as unknown as { asm: { memory: WebAssembly.Memory } }).asm;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } });
    this.#exports = instance.exports as unknown as Exports;
    this.#gemmScratch = backend.makeOutput([this.#exports.gemmScratch()], "float32");
  }

  /** out [m, n] = a [m, k] times b [k, n]; out's rows are consecutive. */
  multiply(a: Matrix, b: Matrix, out: Matrix): void {
    this.#gemm(this.#place(a), this.#place(b), this.#place(out), a.rows, b.columns, a.columns, false);
  }

  /** x [batch, height, width, channels] convolved with the kernel. @returns [batch, outHeight, outWidth, outChannels]. */
  convolution(x: TensorInfo, kernel: TensorInfo, info: ConvInfo): TensorInfo {
    const { patch, channels } = sizes(info);
    const out = this.#backend.makeOutput(info.outShape, "float32");
    this.#inPatches(info, (patches, first, count) => {
      this.#exports.gatherPatches(this.#address(x), this.#address(patches), first, count, ...geometry(info));
      this.#gemm(
        this.#rowMajor(patches, 0, patch),
        this.#rowMajor(kernel, 0, channels),
        this.#rowMajor(out, first * channels, channels),
        count,
        channels,
        patch,
        false,
      );
    });
    return out;
  }

  /** The gradient of a convolution by its kernel. */
  convolutionKernelGradient(x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
    const { patch, channels } = sizes(info);
    const out = this.#backend.makeOutput(info.filterShape, "float32");
    this.#inPatches(info, (patches, first, count) => {
      this.#exports.gatherPatches(this.#address(x), this.#address(patches), first, count, ...geometry(info));
      this.#gemm(
        [this.#address(patches), 4, 4 * patch],
        this.#rowMajor(dy, first * channels, channels),
        this.#rowMajor(out, 0, channels),
        patch,
        channels,
        count,
        first > 0,
      );
    });
    return out;
  }

  /** The gradient of a convolution by its input. */
  convolutionInputGradient(dy: TensorInfo, kernel: TensorInfo, info: ConvInfo): TensorInfo {
    const { patch, channels } = sizes(info);
    const out = this.#zeros(info.inShape);
    this.#inPatches(info, (patches, first, count) => {
      this.#gemm(
        this.#rowMajor(dy, first * channels, channels),
        [this.#address(kernel), 4, 4 * channels],
        this.#rowMajor(patches, 0, patch),
        count,
        patch,
        channels,
        false,
      );
      this.#exports.scatterPatches(this.#address(patches), this.#address(out), first, count, ...geometry(info));
    });
    return out;
  }

  /** Sums of x, taken as [rows, columns], over its rows. */
  columnSums(x: TensorInfo, outShape: number[], columns: number): TensorInfo {
    const out = this.#backend.makeOutput(outShape, "float32");
    this.#exports.columnSums(this.#address(x), this.#address(out), tf.util.sizeFromShape(x.shape) / columns, columns);
    return out;
  }

  /** Adds bias [columns] to each row of x, in place, and bounds the result below by 0 and above by `most`, if that is given. */
  addBias(x: TensorInfo, bias: TensorInfo, most?: number): void {
    const columns = tf.util.sizeFromShape(bias.shape);
    const rows = tf.util.sizeFromShape(x.shape) / columns;
    const addresses = [this.#address(x), this.#address(bias)];
    this.#exports.addBias(...addresses, rows, columns, Number(most !== undefined), most ?? 0);
  }

  clip(x: TensorInfo, low: number, high: number): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    this.#exports.clip(this.#address(x), this.#address(out), tf.util.sizeFromShape(x.shape), low, high);
    return out;
  }

  /** dy where x lies within the bounds, else 0. */
  clipGradient(x: TensorInfo, dy: TensorInfo, low: number, high: number): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    const addresses = [x, dy, out].map((tensor) => this.#address(tensor));
    this.#exports.clipGradient(...addresses, tf.util.sizeFromShape(x.shape), low, high);
    return out;
  }

  tanh(x: TensorInfo): TensorInfo {
    const out = this.#backend.makeOutput(x.shape, "float32");
    this.#exports.tanh(this.#address(x), this.#address(out), tf.util.sizeFromShape(x.shape));
    return out;
  }

  maxPoolGradient(x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#zeros(x.shape);
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = info;
    this.#exports.maxPoolGradient(
      ...[x, dy, out].map((tensor) => this.#address(tensor)),
      ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, info.filterHeight, info.filterWidth],
      ...[info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
    );
    return out;
  }

  /** The gradient of a depthwise convolution by its input. */
  depthwiseInputGradient(dy: TensorInfo, kernel: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#zeros(info.inShape);
    this.#depthwiseGradient(true, out, kernel, dy, info);
    return out;
  }

  /** The gradient of a depthwise convolution by its kernel. */
  depthwiseKernelGradient(x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
    const out = this.#zeros(info.filterShape);
    this.#depthwiseGradient(false, x, out, dy, info);
    return out;
  }

  #depthwiseGradient(byInput: boolean, x: TensorInfo, kernel: TensorInfo, dy: TensorInfo, info: ConvInfo): void {
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    this.#exports.depthwiseGradient(
      Number(byInput),
      ...[x, kernel, dy].map((tensor) => this.#address(tensor)),
      ...[batchSize, inHeight, inWidth, inChannels, info.outChannels / inChannels],
      ...[outHeight, outWidth, filterHeight, filterWidth],
      ...[info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth],
      ...[info.padInfo.top, info.padInfo.left],
    );
  }

  /** Calls `work` for some rows of outputs at a time, with room for their patches. */
  #inPatches(info: ConvInfo, work: (patches: TensorInfo, first: number, count: number) => void): void {
    const { rows, patch } = sizes(info);
    const patches = this.#backend.makeOutput([Math.min(rows, PATCH_ROWS), patch], "float32");
    for (let first = 0; first < rows; first += PATCH_ROWS) work(patches, first, Math.min(PATCH_ROWS, rows - first));
    this.#backend.disposeData(patches.dataId);
  }

  #zeros(shape: number[]): TensorInfo {
    const out = this.#backend.makeOutput(shape, "float32");
    floats(this.#backend, out).fill(0);
    return out;
  }

  #gemm(a: Place, b: Place, [to, rowStride]: Place, m: number, n: number, k: number, accumulate: boolean): void {
    this.#exports.gemm(...a, ...b, to, rowStride, m, n, k, Number(accumulate), this.#address(this.#gemmScratch));
  }

  #place({ of, from = 0, rows, columns, transposed }: Matrix): Place {
    const address = this.#address(of) + 4 * from;
    return transposed ? [address, 4, 4 * rows] : [address, 4 * columns, 4];
  }

  #rowMajor(of: TensorInfo, from: number, columns: number): Place {
    return [this.#address(of) + 4 * from, 4 * columns, 4];
  }

  #address({ dataId }: TensorInfo): number {
    return this.#backend.getMemoryOffset(dataId);
  }
}

/** Address, bytes from row to row, bytes from column to column. */
type Place = [address: number, rowStride: number, columnStride: number];

/** Rows of patches, floats a patch, output channels. */
function sizes({ batchSize, outHeight, outWidth, filterHeight, filterWidth, inChannels, outChannels }: ConvInfo): {
  rows: number;
  patch: number;
  channels: number;
} {
  return {
    rows: batchSize * outHeight * outWidth,
    patch: filterHeight * filterWidth * inChannels,
    channels: outChannels,
  };
}

/** What gatherPatches and scatterPatches want to know of a convolution. */
function geometry(info: ConvInfo): number[] {
  return [
    ...[info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth],
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
