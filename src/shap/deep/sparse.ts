/**
 * Convolutions of what max pooling has picked, backwards: most units have nothing to pass on, and which have is the same for
 * all outputs. The loops are in sparse.as, since neither JavaScript nor a dense convolution is nearly as fast.
 */
import module from "./sparse.as";
import type { Chunk, ModelInputs, PickedMultipliers } from "./rule";

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

type Kernel = (...pointersAndSizes: number[]) => void;

interface Exports {
  memory: WebAssembly.Memory;
  spread: Kernel;
  attribute: Kernel;
}

/** Bytes before which the module keeps its own. */
const FIRST_FREE = 1024;
const PAGE = 65536;
/** Words of what a pick reaches. */
const LIST_WORDS = 7;

/** One convolution's loops, with a memory that grows to what a chunk needs. */
export class SparseConvolution {
  readonly #exports: Exports;
  readonly #kernel: Float32Array;
  readonly #sizes: number[];
  readonly #features: number;
  #next = FIRST_FREE;

  /** @param kernel [out channels, kernel height, kernel width, in channels]. */
  constructor(kernel: Float32Array, { input, output, kernel: window, strides, padding }: Geometry) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {
      env: {
        abort: () => {
          throw new Error("sparse.as aborted");
        },
      },
    });
    this.#exports = instance.exports as unknown as Exports;
    this.#kernel = kernel;
    this.#sizes = [output[1], output[2], ...input, ...window, ...strides, ...padding];
    this.#features = input[0] * input[1] * input[2];
  }

  /** The multipliers of the convolution's input, [pairs, outputs, units]: a view that holds until the next call. */
  spread(picked: PickedMultipliers, chunk: Chunk): Float32Array {
    const pairs = chunk.samples * chunk.references;
    const rows = pairs * chunk.outputs;
    this.#reserve(picked, rows * this.#features);
    const pointers = this.#putPicked(picked);
    const images = this.#room(rows * this.#features);
    const list = this.#room(picked.picks * LIST_WORDS);
    this.#floats(images, rows * this.#features).fill(0);
    this.#exports.spread(...pointers, images, list, pairs, chunk.outputs, picked.picks, ...this.#sizes);
    return this.#floats(images, rows * this.#features);
  }

  /** Adds (x - r) * m to the sums, [samples, features, outputs]; the convolution reads the model's input. */
  attribute(picked: PickedMultipliers, chunk: Chunk, { x, r }: ModelInputs, sums: Float64Array): void {
    const { samples, references, firstReference, outputs } = chunk;
    const pairs = samples * references;
    const lanes = Math.ceil(outputs / 4) * 4;
    const features = this.#features;
    this.#reserve(picked, samples * features * lanes + (samples + references + 1) * features + lanes);
    const pointers = this.#putPicked(picked);
    const added = this.#room(samples * features * lanes);
    const list = this.#room(picked.picks * LIST_WORDS);
    const [xAt, rAt] = [this.#room(samples * features), this.#room(references * features)];
    const [differences, lane] = [this.#room(features), this.#room(lanes)];
    this.#floats(added, samples * features * lanes).fill(0);
    this.#floats(lane, lanes).fill(0);
    this.#floats(xAt, samples * features).set(x);
    this.#floats(rAt, references * features).set(
      r.subarray(firstReference * features, (firstReference + references) * features),
    );
    const all = [...pointers, added, list, xAt, rAt, differences, lane, samples, pairs, outputs, picked.picks];
    this.#exports.attribute(...all, ...this.#sizes);
    const result = this.#floats(added, samples * features * lanes);
    for (let i = 0; i < samples * features; i++) {
      for (let output = 0; output < outputs; output++) sums[i * outputs + output] += result[i * lanes + output];
    }
  }

  /** Grows the memory before anything is put there: growing detaches every view. */
  #reserve({ values, index, picks }: PickedMultipliers, more: number): void {
    this.#next = FIRST_FREE;
    const numbers = values.length + 2 * index.length + this.#kernel.length + picks * LIST_WORDS + more;
    // Every array begins at a multiple of 16 bytes.
    const bytes = FIRST_FREE + numbers * 4 + 16 * 16;
    const { memory } = this.#exports;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  }

  #putPicked({ values, index, weight }: PickedMultipliers): number[] {
    const pointers = [values, index, weight, this.#kernel].map(({ length }) => this.#room(length));
    this.#floats(pointers[0], values.length).set(values);
    new Int32Array(this.#exports.memory.buffer, pointers[1], index.length).set(index);
    this.#floats(pointers[2], weight.length).set(weight);
    this.#floats(pointers[3], this.#kernel.length).set(this.#kernel);
    return pointers;
  }

  /** A place for so many numbers. */
  #room(numbers: number): number {
    const at = this.#next;
    this.#next = Math.ceil((at + numbers * 4) / 16) * 16;
    return at;
  }

  #floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#exports.memory.buffer, at, length);
  }
}
