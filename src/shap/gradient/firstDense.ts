/** Paths through a model that begins with a dense layer: straight lines stay straight behind it, so it is computed at their ends only. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "../../protocol/ndArray";
import { FirstLayer } from "../deep/firstLayer";
import { DenseStart } from "../denseStart";
import { tape } from "./sharedTape";

/** Points on lines from baselines to a sample. */
export interface Lines {
  /** [points]: the row of the baselines at which the line begins. */
  reference: Int32Array;
  /** [points]: the place on it, from 0 at the baseline to 1 at the sample. */
  t: Float32Array;
  /** [points]: what the gradient there is multiplied with, besides x - r. */
  weight: Float32Array;
}

export class FirstDense {
  private constructor(
    private readonly start: DenseStart,
    private readonly first: FirstLayer,
    private readonly bias: Float32Array | undefined,
    private readonly baselines: NdArray,
    /** [baselines, hidden]: before the activation. */
    private readonly z: Float32Array,
  ) {}

  /**
   * undefined where the model is no chain that begins with a dense layer.
   *
   * @param baselines [rows, features]. @param rowsAtOnce how many of them fit the budget.
   */
  static async of(model: LayersModel, baselines: NdArray, rowsAtOnce: number): Promise<FirstDense | undefined> {
    const start = DenseStart.of(model);
    if (!start) return undefined;
    const [kernel, bias] = await Promise.all([start.kernel.data(), start.bias?.data()]);
    const [features, hidden] = start.kernel.shape;
    const first = new FirstLayer(Float32Array.from(kernel), features, hidden);
    const z = new Float32Array(baselines.shape[0] * hidden);
    const made = new FirstDense(start, first, bias && Float32Array.from(bias), baselines, z);
    for (let row = 0; row < baselines.shape[0]; row += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, baselines.shape[0] - row);
      z.set(await made.forward(baselines.data.subarray(row * features, (row + count) * features)), row * hidden);
    }
    return made;
  }

  /** [rows, hidden] before the activation. @param rows [rows, features]. */
  async forward(rows: Float32Array): Promise<Float32Array> {
    const { features, hidden, weights } = this.first;
    const z = tf.tidy(() => {
      const product = tf.matMul(
        tf.tensor2d(rows, [rows.length / features, features]),
        tf.tensor2d(weights, [features, hidden]),
      );
      return this.bias ? product.add(tf.tensor1d(this.bias)) : product;
    });
    try {
      return Float32Array.from(await z.data());
    } finally {
      z.dispose();
    }
  }

  /**
   * Adds gradients times differences, summed over points of lines, to the sums [features, outputs chosen].
   *
   * @param x [features]: the sample. @param z [hidden]: what `forward` makes of it.
   * @param chosen the outputs whose gradients are wanted. @param outputs of the model.
   */
  async attribute(
    x: Float32Array,
    z: Float32Array,
    { reference, t, weight }: Lines,
    chosen: Int32Array,
    outputs: number,
    sums: Float64Array,
  ): Promise<void> {
    const { features, hidden } = this.first;
    const points = t.length;
    const used = [...new Set(reference)].sort((a, b) => a - b);
    const slot = new Map(used.map((row, i) => [row, i]));
    const at = new Float32Array(points * hidden);
    // [references used, points]: which points' gradients meet the same difference.
    const gather = new Float32Array(used.length * points);
    for (let n = 0; n < points; n++) {
      const from = reference[n] * hidden;
      for (let h = 0; h < hidden; h++) at[n * hidden + h] = t[n] * z[h] + (1 - t[n]) * this.z[from + h];
      gather[(slot.get(reference[n]) ?? 0) * points + n] = weight[n];
    }
    const inputs = [tf.tensor2d(at, [points, hidden]), tf.tensor2d(gather, [used.length, points])];
    const taped = tape((start) => this.start.rest(start).reshape([points, outputs]), inputs[0]);
    // [references used, outputs chosen, hidden]
    const multipliers = new Float32Array(used.length * chosen.length * hidden);
    try {
      for (const [k, output] of chosen.entries()) {
        const hot = new Float32Array(points * outputs);
        for (let n = 0; n < points; n++) hot[n * outputs + output] = 1;
        const gathered = tf.tidy(() =>
          tf.matMul(inputs[1], taped.gradient(tf.tensor2d(hot, [points, outputs])) as tf.Tensor2D),
        );
        try {
          const rows = await gathered.data();
          for (let i = 0; i < used.length; i++) {
            multipliers.set(rows.subarray(i * hidden, (i + 1) * hidden), (i * chosen.length + k) * hidden);
          }
        } finally {
          gathered.dispose();
        }
      }
    } finally {
      taped.dispose();
      tf.dispose(inputs);
    }
    const r = new Float32Array(used.length * features);
    used.forEach((row, i) => r.set(this.baselines.data.subarray(row * features, (row + 1) * features), i * features));
    const chunk = { samples: 1, references: used.length, firstReference: 0, outputs: chosen.length };
    this.first.attribute({ kind: "dense", values: multipliers }, chunk, { x, r }, sums);
  }
}
