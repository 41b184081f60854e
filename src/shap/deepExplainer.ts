import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "../protocol/ndArray";
import type { ShapValues } from "./shapValues";
export interface DeepOptions {
  /** Memory that intermediate arrays of one chunk may take, in MiB. Default 256. */
  chunkMB?: number;
  /** Called after each chunk with the fraction done in [0, 1]. */
  onProgress?: (fraction: number) => void;
  /** Checked between chunks. */
  signal?: AbortSignal;
}
export class DeepExplainer {
  constructor(
    readonly model: LayersModel,
    readonly background: NdArray,
  ) {}
  shapValues(_x: NdArray, _options: DeepOptions = {}): Promise<ShapValues> {
    throw new Error("stub");
  }
  dispose(): void {}
}
