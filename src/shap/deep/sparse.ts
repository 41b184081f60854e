/**
 * Convolutions of what max pooling has picked, backwards: most units have nothing to pass on, and which have is the same for
 * all outputs. The loops are in sparse.as, since neither JavaScript nor a dense convolution is nearly as fast.
 */
import module from "./sparse.as";
import type { Chunk, ModelInputs, PickedMultipliers } from "./rule";
import { WasmLoops } from "./wasmLoops";

export interface Geometry {
  /** [height, width, channels]. */
  input: readonly [number, number, number];
  output: readonly [number, number, number];
  /** [height, width] of the kernel. */
  kernel: readonly [number, number];
  strides: readonly [number, number];
  /** Rows and columns of padding before the image. */
  padding: readonly [number, number];
}

/** Of what a pick reaches. */
const LIST_BYTES = 7 * 4;

/** One convolution's loops. */
export class SparseConvolution {
  readonly #loops = new WasmLoops<"spread" | "attribute">(module);
  readonly #kernel: Float32Array;
  readonly #sizes: number[];
  readonly #features: number;

  /** @param kernel [out channels, kernel height, kernel width, in channels]. */
  constructor(kernel: Float32Array, { input, output, kernel: window, strides, padding }: Geometry) {
    this.#kernel = kernel;
    this.#sizes = [output[1], output[2], ...input, ...window, ...strides, ...padding];
    this.#features = input[0] * input[1] * input[2];
  }

  /** The multipliers of the convolution's input, [pairs, outputs, units]: a view that holds until the next call. */
  spread(picked: PickedMultipliers, chunk: Chunk): Float32Array {
    const pairs = chunk.samples * chunk.references;
    const size = pairs * chunk.outputs * this.#features;
    const at = this.#loops.layOut({ ...this.#bytesOf(picked), images: size * 4 });
    const images = this.#loops.floats(at.images, size).fill(0);
    const pointers = [...this.#put(picked, at), at.images, at.list];
    this.#loops.run.spread(...pointers, pairs, chunk.outputs, picked.picks, ...this.#sizes);
    return images;
  }

  /** Adds (x - r) * m to the sums, [samples, features, outputs]; the convolution reads the model's input. */
  attribute(picked: PickedMultipliers, chunk: Chunk, { x, r }: ModelInputs, sums: Float64Array): void {
    const { samples, references, firstReference, outputs } = chunk;
    const lanes = Math.ceil(outputs / 4) * 4;
    const features = this.#features;
    const at = this.#loops.layOut({
      ...this.#bytesOf(picked),
      added: samples * features * lanes * 4,
      x: samples * features * 4,
      r: references * features * 4,
      differences: features * 4,
      lane: lanes * 4,
    });
    const added = this.#loops.floats(at.added, samples * features * lanes).fill(0);
    this.#loops.floats(at.lane, lanes).fill(0);
    this.#loops.floats(at.x, samples * features).set(x);
    const rows = r.subarray(firstReference * features, (firstReference + references) * features);
    this.#loops.floats(at.r, references * features).set(rows);
    const pointers = [...this.#put(picked, at), at.added, at.list, at.x, at.r, at.differences, at.lane];
    this.#loops.run.attribute(...pointers, samples, samples * references, outputs, picked.picks, ...this.#sizes);
    for (let i = 0; i < samples * features; i++) {
      for (let output = 0; output < outputs; output++) sums[i * outputs + output] += added[i * lanes + output];
    }
  }

  #bytesOf({ values, index, weight, picks }: PickedMultipliers) {
    return {
      values: values.byteLength,
      index: index.byteLength,
      weight: weight.byteLength,
      kernel: this.#kernel.byteLength,
      list: picks * LIST_BYTES,
    };
  }

  #put({ values, index, weight }: PickedMultipliers, at: Record<"values" | "index" | "weight" | "kernel", number>) {
    this.#loops.floats(at.values, values.length).set(values);
    this.#loops.integers(at.index, index.length).set(index);
    this.#loops.floats(at.weight, weight.length).set(weight);
    this.#loops.floats(at.kernel, this.#kernel.length).set(this.#kernel);
    return [at.values, at.index, at.weight, at.kernel];
  }
}
