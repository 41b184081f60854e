/**
 * The sums over the background of a dense layer that reads the model's input, without multipliers of its input for each
 * pair. The loops are in firstLayer.as.
 */
import module from "./firstLayer.as";
import type { Chunk, DenseMultipliers, ModelInputs } from "./rule";
import { WasmLoops } from "./wasmLoops";

/** Columns of the weights that are packed at once stay within the processor's cache: numbers. */
const STRIP_NUMBERS = 2 ** 16;

export class FirstLayer {
  readonly #loops = new WasmLoops<"attribute">(module);

  /** @param weights [features, hidden]. */
  constructor(
    readonly weights: Float32Array,
    readonly features: number,
    readonly hidden: number,
  ) {}

  /**
   * Adds the sum over r of (x - r) * (m W^T) to the sums, [samples, features, outputs], as
   * (x - c) * (sum(m) W^T) - sum((r - c) * (m W^T)): only what differs from the centre c is multiplied, of digits on a
   * black ground a fifth. Units whose scale is 0, by a pair's rectifiers, are left out too.
   */
  attribute(multipliers: DenseMultipliers, chunk: Chunk, { x, r }: ModelInputs, sums: Float64Array): void {
    const { values, scale } = multipliers;
    const { features, hidden } = this;
    const { samples, references, firstReference, outputs } = chunk;
    const strip = Math.min(Math.ceil(features / 32), Math.max(1, Math.floor(STRIP_NUMBERS / hidden / 32))) * 32;
    const at = this.#loops.layOut({
      values: values.length * 4,
      scale: samples * references * hidden * 4,
      ones: hidden * 4,
      differences: features * 4,
      weights: this.weights.length * 4,
      sums: samples * features * outputs * 8,
      totals: samples * outputs * hidden * 4,
      used: features * 4,
      columns: strip * hidden * 4,
      list: hidden * 4,
      packed: 5 * hidden * 4,
      product: 5 * strip * 4,
    });
    const scales = this.#loops.floats(at.scale, samples * references * hidden);
    if (scale) scales.set(scale);
    else scales.fill(1);
    this.#loops.floats(at.values, values.length).set(values);
    this.#loops.floats(at.ones, hidden).fill(1);
    this.#loops.floats(at.weights, this.weights.length).set(this.weights);
    this.#loops.floats(at.totals, samples * outputs * hidden).fill(0);
    const added = this.#loops.doubles(at.sums, samples * features * outputs);
    added.fill(0);
    const differences = this.#loops.floats(at.differences, features);
    const scratch = [at.used, at.columns, at.list, at.packed, at.product];
    const sizes = [outputs, hidden, features, strip];

    const block = r.subarray(firstReference * features, (firstReference + references) * features);
    const centre = centreOf(block, features);
    const rows = samples * outputs;
    for (let reference = 0; reference < references; reference++) {
      for (let i = 0; i < features; i++) differences[i] = centre[i] - block[reference * features + i];
      const [m, scaled] = [at.values + reference * rows * hidden * 4, at.scale + reference * samples * hidden * 4];
      const arrays = [m, scaled, at.differences, at.weights, at.sums, at.totals, ...scratch];
      this.#loops.run.attribute(...arrays, samples, ...sizes);
    }
    for (let sample = 0; sample < samples; sample++) {
      for (let i = 0; i < features; i++) differences[i] = x[sample * features + i] - centre[i];
      const total = at.totals + sample * outputs * hidden * 4;
      const sum = at.sums + sample * features * outputs * 8;
      const arrays = [total, at.ones, at.differences, at.weights, sum, 0, ...scratch];
      this.#loops.run.attribute(...arrays, 1, ...sizes);
    }
    for (let i = 0; i < added.length; i++) sums[i] += added[i];
  }
}

/**
 * A number near to each feature's of the references: 0 where one of them is 0, so that the most zeros remain; else that
 * of the first, so that a feature far from 0 keeps the digits of its differences.
 */
function centreOf(references: Float32Array, features: number): Float32Array {
  const centre = references.slice(0, features);
  for (let at = 0; at < references.length; at += features) {
    for (let i = 0; i < features; i++) if (references[at + i] === 0) centre[i] = 0;
  }
  return centre;
}
